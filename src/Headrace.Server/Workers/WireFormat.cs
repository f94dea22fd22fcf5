using System.Buffers;
using Headrace.Protocol.Exchange;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Net.Http.Headers;

namespace Headrace.Server.Workers;

/// <summary>
/// The format of worker protocol messages: Protobuf or its JSON mapping. The Content-Type of the request selects the
/// format, and the reply uses the same format.
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
    public Result<ExchangeRequest> Read(ReadOnlyMemory<byte> bytes, string what) => Read(bytes, what, ReadExchange);

    /// <summary>Reads a submission of children. Its payloads may be slices of the given bytes.</summary>
    public Result<SubmitChildren> ReadChildren(ReadOnlyMemory<byte> bytes, string what) =>
        Read(bytes, what, ReadChildren);

    private Result<T> Read<T>(ReadOnlyMemory<byte> bytes, string what, Func<ReadOnlyMemory<byte>, T> read)
        where T : class
    {
        try
        {
            return read(bytes);
        }
        catch (WireFormatException malformed)
        {
            return Problem.BadRequest($"{what} is not a valid {typeof(T).Name} in {ContentType}: {malformed.Message}");
        }
    }

    /// <summary>
    /// The number of copies of a reply's bodies and params that are in memory while the reply is being sent: one as
    /// read from the store, and the others in the encoded reply.
    /// </summary>
    public abstract int Copies { get; }

    /// <summary>
    /// Sends a reply with its Content-Length, so that the simplest clients can read it. If sending takes longer than
    /// <paramref name="within"/>, the connection is closed, because the reply occupies memory until then.
    /// </summary>
    public abstract Task SendAsync(ExchangeReply reply, HttpResponse response, TimeSpan within);

    private static Task SendAsync(HttpResponse response, ReadOnlyMemory<byte> content, TimeSpan within)
    {
        if (
            content.Length > PacedWriting.PieceBytes
            && response.HttpContext.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate
        )
            rate.MinDataRate = new MinDataRate(content.Length / within.TotalSeconds, TimeSpan.FromSeconds(5));
        return response.WritePacedAsync(content, response.HttpContext.RequestAborted);
    }

    /// <summary>Sends the reply to a submission of children, which is small.</summary>
    public async Task SendAsync(SubmitReply reply, HttpResponse response)
    {
        var content = Encode(reply);
        response.ContentType = ContentType;
        response.ContentLength = content.Length;
        await response.Body.WriteAsync(content, response.HttpContext.RequestAborted);
    }

    protected abstract ExchangeRequest ReadExchange(ReadOnlyMemory<byte> bytes);

    protected abstract SubmitChildren ReadChildren(ReadOnlyMemory<byte> bytes);

    protected abstract ReadOnlyMemory<byte> Encode(SubmitReply reply);

    private sealed class Binary() : WireFormat("application/x-protobuf")
    {
        /// <summary>
        /// Buffers for large replies. Unlike the shared pool, this pool keeps at most two buffers of each size, which
        /// is at most 62 MB in total.
        /// </summary>
        private static readonly ArrayPool<byte> Buffers = ArrayPool<byte>.Create(16 << 20, maxArraysPerBucket: 2);

        public override int Copies => 2;

        public override Task SendAsync(ExchangeReply reply, HttpResponse response, TimeSpan within)
        {
            var length = WireWriter.SizeOf(reply);
            response.ContentType = ContentType;
            response.ContentLength = length;
            if (length > PacedWriting.PieceBytes)
                return SendLargeAsync(reply, length, response, within);
            WireWriter.Write(reply, response.BodyWriter.GetSpan(length)[..length]);
            response.BodyWriter.Advance(length);
            return response.BodyWriter.FlushAsync().AsTask();
        }

        private static async Task SendLargeAsync(
            ExchangeReply reply,
            int length,
            HttpResponse response,
            TimeSpan within
        )
        {
            var buffer = Buffers.Rent(length);
            try
            {
                WireWriter.Write(reply, buffer.AsSpan(0, length));
                await SendAsync(response, buffer.AsMemory(0, length), within);
            }
            finally
            {
                Buffers.Return(buffer);
            }
        }

        protected override ExchangeRequest ReadExchange(ReadOnlyMemory<byte> bytes) => ExchangeRequest.Read(bytes);

        protected override SubmitChildren ReadChildren(ReadOnlyMemory<byte> bytes) => SubmitChildren.Read(bytes);

        protected override ReadOnlyMemory<byte> Encode(SubmitReply reply)
        {
            var bytes = new byte[WireWriter.SizeOf(reply)];
            WireWriter.Write(reply, bytes);
            return bytes;
        }
    }

    private sealed class Text() : WireFormat("application/json")
    {
        // Base64 adds a third to the size, and the buffer doubles when it grows.
        public override int Copies => 5;

        public override Task SendAsync(ExchangeReply reply, HttpResponse response, TimeSpan within)
        {
            var bytes = new ArrayBufferWriter<byte>();
            JsonWireWriter.Write(reply, bytes);
            response.ContentType = ContentType;
            response.ContentLength = bytes.WrittenCount;
            return SendAsync(response, bytes.WrittenMemory, within);
        }

        protected override ExchangeRequest ReadExchange(ReadOnlyMemory<byte> bytes) =>
            ExchangeRequest.ReadJson(bytes.Span);

        protected override SubmitChildren ReadChildren(ReadOnlyMemory<byte> bytes) =>
            SubmitChildren.ReadJson(bytes.Span);

        protected override ReadOnlyMemory<byte> Encode(SubmitReply reply)
        {
            var bytes = new ArrayBufferWriter<byte>();
            JsonWireWriter.Write(reply, bytes);
            return bytes.WrittenMemory;
        }
    }
}
