using System.Text;
using Google.Protobuf;
using Headrace.Server.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Headrace.Server.Workers;

/// <summary>How the messages of the wire travel: Protobuf or its JSON mapping, as the Content-Type says; the reply comes in the same.</summary>
internal abstract class WireFormat
{
    public static readonly WireFormat Protobuf = new Binary();
    public static readonly WireFormat Json = new Text();

    private WireFormat(string contentType) => ContentType = contentType;

    public string ContentType { get; }

    /// <summary>The format of a request, by its content type.</summary>
    public static Checked<WireFormat> Of(HttpRequest request)
    {
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
        {
            if (type.MediaType.Equals(Protobuf.ContentType, StringComparison.OrdinalIgnoreCase)) return Protobuf;
            if (type.MediaType.Equals(Json.ContentType, StringComparison.OrdinalIgnoreCase)) return Json;
        }
        return new Problem(ProblemKinds.UnsupportedType, $"The Content-Type '{request.ContentType}' is not read here. Send {Protobuf.ContentType} or {Json.ContentType}.");
    }

    public Checked<T> Parse<T>(MessageParser<T> parser, byte[] bytes, string what) where T : class, IMessage<T>
    {
        try
        {
            return Parse(parser, bytes);
        }
        // Their common ancestor is IOException; the JSON parser also lets a DecoderFallbackException through.
        catch (Exception malformed) when (malformed is InvalidProtocolBufferException or InvalidJsonException or DecoderFallbackException)
        {
            return Problem.BadRequest($"{what} is not a valid {typeof(T).Name} in {ContentType}: {malformed.Message}");
        }
    }

    /// <summary>Sends a message with its length, so that the smallest client can read it.</summary>
    public abstract Task SendAsync(IMessage message, HttpResponse response);

    protected abstract T Parse<T>(MessageParser<T> parser, byte[] bytes) where T : class, IMessage<T>;

    private sealed class Binary() : WireFormat("application/x-protobuf")
    {
        public override Task SendAsync(IMessage message, HttpResponse response)
        {
            var length = message.CalculateSize();
            response.ContentType = ContentType;
            response.ContentLength = length;
            // Not message.WriteTo(BodyWriter): that advances the writer before the response has started, which it forbids.
            message.WriteTo(response.BodyWriter.GetSpan(length)[..length]);
            response.BodyWriter.Advance(length);
            return response.BodyWriter.FlushAsync().AsTask();
        }

        protected override T Parse<T>(MessageParser<T> parser, byte[] bytes) => parser.ParseFrom(bytes);
    }

    private sealed class Text() : WireFormat("application/json")
    {
        private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        public override Task SendAsync(IMessage message, HttpResponse response)
        {
            var bytes = Strict.GetBytes(JsonFormatter.Default.Format(message));
            response.ContentType = ContentType;
            response.ContentLength = bytes.Length;
            return response.Body.WriteAsync(bytes).AsTask();
        }

        protected override T Parse<T>(MessageParser<T> parser, byte[] bytes) => parser.ParseJson(Strict.GetString(bytes));
    }
}
