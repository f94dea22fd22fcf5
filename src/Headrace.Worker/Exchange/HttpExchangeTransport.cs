using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Sends exchanges and reports as HTTP/1.1 POST requests with Protobuf bodies, over TCP or a Unix socket. In a
/// measurement, HTTP/2 was no faster for this traffic.
/// </summary>
internal sealed class HttpExchangeTransport : IExchangeTransport
{
    private const string Protobuf = "application/x-protobuf";

    // The broker limits the bodies in a reply to 8 MB, and the reply also contains the parameters. A reply that exceeds
    // this limit does not come from the broker.
    private const int MaxReplyBytes = 64 << 20;

    private static readonly MediaTypeHeaderValue ProtobufType = new(Protobuf);

    private readonly HttpClient _http;
    private readonly ServerEndpoint _endpoint;
    private readonly Uri _path;

    public HttpExchangeTransport(ServerEndpoint endpoint, string? key, string worker)
    {
        _endpoint = endpoint;
        _path = new Uri(endpoint.Url, $"v1/workers/{worker}/exchange");
        _http = new HttpClient(endpoint.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public async Task<ExchangeAnswer> ExchangeAsync(ExchangeRequest request, CancellationToken cancellationToken)
    {
        // The length is known, so the request has a Content-Length. The server uses it to reserve memory before it
        // reads the body (R13).
        var length = WireWriter.SizeOf(request);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        WireWriter.Write(request, buffer);
        using var message = new HttpRequestMessage(HttpMethod.Post, _path)
        {
            Content = new ReadOnlyMemoryContent(buffer.AsMemory(0, length))
            {
                Headers = { ContentType = ProtobufType },
            },
        };
        try
        {
            using var response = await _http.SendAsync(
                message,
                HttpCompletionOption.ResponseHeadersRead,
                cancellationToken
            );
            var bytes = await ReadBytesAsync(response.Content, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
                return Refusal(response.StatusCode, response.Content.Headers.ContentType?.MediaType, bytes);
            if (response.Content.Headers.ContentType?.MediaType != Protobuf)
                return NotHeadrace("its reply is not in Protobuf format");
            var reply = ExchangeReply.Read(bytes);
            // A reply proves that the server has read the whole message. In all other cases, the message may still be
            // in transmission, so the buffer is left to the garbage collector.
            ArrayPool<byte>.Shared.Return(buffer);
            return reply;
        }
        catch (WireFormatException)
        {
            return NotHeadrace("its reply cannot be parsed");
        }
        catch (HttpRequestException broken)
        {
            return Unreachable(broken);
        }
        catch (OperationCanceledException slow)
            when (slow.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            return Unreachable("the connection attempt timed out");
        }
        catch (IOException broken)
        {
            return new NoReply($"The connection to {_endpoint} was lost: {broken.Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Reads the reply into an array of its exact size. The params and bodies of its leases are slices of this array
    /// and are used as long as their jobs, so the array is never pooled.
    /// </summary>
    private static async Task<byte[]> ReadBytesAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength is not { } length)
        {
            await content.LoadIntoBufferAsync(MaxReplyBytes, cancellationToken);
            return await content.ReadAsByteArrayAsync(cancellationToken);
        }
        if (length > MaxReplyBytes)
            throw new HttpRequestException(
                $"The reply has {length} bytes, which exceeds the limit of {MaxReplyBytes} bytes."
            );
        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private NoReply Unreachable(string why) =>
        new(
            $"Cannot connect to a server at {_endpoint}: {why}. Start one with `headrace up`, or set "
                + "HEADRACE_SERVER to its address."
        );

    private NoReply Unreachable(HttpRequestException broken)
    {
        if (broken.InnerException is not SocketException failed)
            return new NoReply($"The connection to {_endpoint} was lost: {(broken.InnerException ?? broken).Message}");
        var why = failed.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable
            ? "nothing is listening at that address"
            : failed.Message;
        return Unreachable(why);
    }

    private NoReply NotHeadrace(string why) =>
        new(
            $"The server at {_endpoint} is not a Headrace server: {why}. Set HEADRACE_SERVER to the address "
                + "of a Headrace server.",
            IsPermanent: true
        );

    private NoReply Refusal(HttpStatusCode status, string? type, byte[] body)
    {
        var detail = Detail(type, body) ?? $"it replied {(int)status}.";
        return status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new NoReply(
                $"The server at {_endpoint} rejected this worker's key: {detail} Set HEADRACE_KEY to a valid "
                    + "key of that server.",
                IsPermanent: true
            ),
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed when type != ProblemType => NotHeadrace(
                $"it replied {(int)status} to the exchange"
            ),
            // The server is overloaded, starting or stopping: it is reachable and can accept the message later.
            HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError =>
                new NoReply($"The server at {_endpoint} is temporarily unavailable: {detail}", ServerReachable: true),
            _ => new NoReply($"The server at {_endpoint} rejected this worker: {detail}", IsPermanent: true),
        };
    }

    private const string ProblemType = "application/problem+json";

    private static string? Detail(string? type, byte[] body)
    {
        if (type != ProblemType)
            return null;
        try
        {
            return JsonSerializer.Deserialize(body, HeadraceJson.Default.ProblemReply)?.Detail;
        }
        catch (JsonException)
        {
            // The body is truncated or comes from another server, so only the status is usable.
            return null;
        }
    }
}
