using System.Text;
using Google.Protobuf;
using Headrace.Protocol.Exchange;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Server.Workers;

/// <summary>
/// How the messages of the wire travel: Protobuf or its JSON mapping, as the Content-Type says; the reply comes in the
/// same. JSON goes through the generated types to Protobuf and on from there,
/// so that there is one form that the server reads and writes.
/// </summary>
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
            if (type.MediaType.Equals(Protobuf.ContentType, StringComparison.OrdinalIgnoreCase))
                return Protobuf;
            if (type.MediaType.Equals(Json.ContentType, StringComparison.OrdinalIgnoreCase))
                return Json;
        }
        return new Problem(
            ProblemKinds.UnsupportedType,
            $"The Content-Type '{request.ContentType}' is not read here. Send {Protobuf.ContentType} or {Json.ContentType}."
        );
    }

    /// <summary>The message, its payloads slices of the bytes.</summary>
    public Checked<ExchangeRequest> Read(ReadOnlyMemory<byte> bytes, string what)
    {
        try
        {
            return ExchangeRequest.Read(ToProtobuf(bytes));
        }
        // Of the JSON parser: the common ancestor of its exceptions is IOException, and it lets a
        // DecoderFallbackException through.
        catch (Exception malformed)
            when (malformed
                    is WireFormatException
                        or InvalidProtocolBufferException
                        or InvalidJsonException
                        or DecoderFallbackException
            )
        {
            return Problem.BadRequest($"{what} is not a valid ExchangeRequest in {ContentType}: {malformed.Message}");
        }
    }

    /// <summary>Sends a reply with its length, so that the smallest client can read it.</summary>
    public abstract Task SendAsync(ExchangeReply reply, HttpResponse response);

    protected abstract ReadOnlyMemory<byte> ToProtobuf(ReadOnlyMemory<byte> bytes);

    private sealed class Binary() : WireFormat("application/x-protobuf")
    {
        public override Task SendAsync(ExchangeReply reply, HttpResponse response)
        {
            var length = WireWriter.SizeOf(reply);
            response.ContentType = ContentType;
            response.ContentLength = length;
            WireWriter.Write(reply, response.BodyWriter.GetSpan(length)[..length]);
            response.BodyWriter.Advance(length);
            return response.BodyWriter.FlushAsync().AsTask();
        }

        protected override ReadOnlyMemory<byte> ToProtobuf(ReadOnlyMemory<byte> bytes) => bytes;
    }

    private sealed class Text() : WireFormat("application/json")
    {
        private static readonly UTF8Encoding Strict = new(
            encoderShouldEmitUTF8Identifier: false,
            throwOnInvalidBytes: true
        );

        public override Task SendAsync(ExchangeReply reply, HttpResponse response)
        {
            var protobuf = new byte[WireWriter.SizeOf(reply)];
            WireWriter.Write(reply, protobuf);
            var bytes = Strict.GetBytes(JsonFormatter.Default.Format(Wire.ExchangeReply.Parser.ParseFrom(protobuf)));
            response.ContentType = ContentType;
            response.ContentLength = bytes.Length;
            return response.Body.WriteAsync(bytes).AsTask();
        }

        protected override ReadOnlyMemory<byte> ToProtobuf(ReadOnlyMemory<byte> bytes) =>
            Wire.ExchangeRequest.Parser.ParseJson(Strict.GetString(bytes.Span)).ToByteArray();
    }
}
