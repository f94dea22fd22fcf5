using System.Buffers;
using Headrace.Protocol.Exchange;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Headrace.Server.Workers;

/// <summary>
/// The format of the messages of the worker protocol: Protobuf or its JSON mapping. The Content-Type of the request
/// selects the format, and the reply uses the same format.
/// </summary>
internal abstract class WireFormat
{
    public static readonly WireFormat Protobuf = new Binary();
    public static readonly WireFormat Json = new Text();

    private WireFormat(string contentType) => ContentType = contentType;

    public string ContentType { get; }

    /// <summary>Returns the format of a request, according to its Content-Type.</summary>
    public static Result<WireFormat> Of(HttpRequest request)
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
            $"The Content-Type '{request.ContentType}' is not supported. Use {Protobuf.ContentType} or "
                + $"{Json.ContentType}."
        );
    }

    /// <summary>Reads a message. Its payloads may be slices of the given bytes.</summary>
    public Result<ExchangeRequest> Read(ReadOnlyMemory<byte> bytes, string what)
    {
        try
        {
            return Read(bytes);
        }
        catch (WireFormatException malformed)
        {
            return Problem.BadRequest($"{what} is not a valid ExchangeRequest in {ContentType}: {malformed.Message}");
        }
    }

    /// <summary>Sends a reply with its Content-Length, so that the simplest clients can read it.</summary>
    public abstract Task SendAsync(ExchangeReply reply, HttpResponse response);

    protected abstract ExchangeRequest Read(ReadOnlyMemory<byte> bytes);

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

        protected override ExchangeRequest Read(ReadOnlyMemory<byte> bytes) => ExchangeRequest.Read(bytes);
    }

    private sealed class Text() : WireFormat("application/json")
    {
        public override Task SendAsync(ExchangeReply reply, HttpResponse response)
        {
            var bytes = new ArrayBufferWriter<byte>();
            JsonWireWriter.Write(reply, bytes);
            response.ContentType = ContentType;
            response.ContentLength = bytes.WrittenCount;
            return response.Body.WriteAsync(bytes.WrittenMemory).AsTask();
        }

        protected override ExchangeRequest Read(ReadOnlyMemory<byte> bytes) => ExchangeRequest.ReadJson(bytes.Span);
    }
}
