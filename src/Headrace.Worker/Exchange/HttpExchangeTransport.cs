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
/// Exchange and reports as HTTP/1.1 posts of Protobuf, over TCP or a Unix socket. HTTP/2 was measured and gained
/// nothing here.
/// </summary>
internal sealed class HttpExchangeTransport : IExchangeTransport
{
    private const string Protobuf = "application/x-protobuf";

    // The broker ends a reply at 8 MB of bodies; parameters come beside them. More is not one of its replies.
    private const int MostReplyBytes = 64 << 20;

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
        // Of known length, so sent with Content-Length: the server reserves room by it before it reads (R13).
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
            var bytes = await BytesOfAsync(response.Content, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
                return Refusal(response.StatusCode, response.Content.Headers.ContentType?.MediaType, bytes);
            if (response.Content.Headers.ContentType?.MediaType != Protobuf)
                return NoHeadrace("its reply is not Protobuf");
            var reply = ExchangeReply.Read(bytes);
            // A reply to the message tells that it was read to its end. After anything else it may still be on its way
            // out, and its buffer is left to the collector.
            ArrayPool<byte>.Shared.Return(buffer);
            return reply;
        }
        catch (WireFormatException)
        {
            return NoHeadrace("its reply cannot be read");
        }
        catch (HttpRequestException broken)
        {
            return Unreachable(broken);
        }
        catch (OperationCanceledException slow)
            when (slow.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            return Unreachable("connecting timed out");
        }
        catch (IOException broken)
        {
            return new Silence($"The connection to {_endpoint} broke: {broken.Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// The reply in an array of its size: params and bodies of its leases are slices of it and live as long as their
    /// jobs, so it is nobody else's.
    /// </summary>
    private static async Task<byte[]> BytesOfAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength is not { } length)
        {
            await content.LoadIntoBufferAsync(MostReplyBytes, cancellationToken);
            return await content.ReadAsByteArrayAsync(cancellationToken);
        }
        if (length > MostReplyBytes)
            throw new HttpRequestException($"A reply of {length} bytes, and at most {MostReplyBytes} are read.");
        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private Silence Unreachable(string why) =>
        new($"No server at {_endpoint} ({why}). Start one with `headrace up`, or set HEADRACE_SERVER to where it is.");

    private Silence Unreachable(HttpRequestException broken)
    {
        if (broken.InnerException is not SocketException failed)
            return new Silence($"The connection to {_endpoint} broke: {(broken.InnerException ?? broken).Message}");
        var why = failed.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable
            ? "nothing listens there"
            : failed.Message;
        return Unreachable(why);
    }

    private Silence NoHeadrace(string why) =>
        new(
            $"What answers at {_endpoint} is no Headrace server: {why}. Set HEADRACE_SERVER to where one is.",
            Final: true
        );

    private Silence Refusal(HttpStatusCode status, string? type, byte[] body)
    {
        var detail = Detail(type, body) ?? $"it answered {(int)status}";
        return status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new Silence(
                $"The server at {_endpoint} does not take this worker's key: {detail} Set HEADRACE_KEY to a "
                    + "key of that server.",
                Final: true
            ),
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed when type != ProblemType => NoHeadrace(
                $"it answered {(int)status} to the exchange"
            ),
            // Overloaded, starting, stopping: it is there, and will do better.
            HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError =>
                new Silence($"The server at {_endpoint} cannot answer now: {detail}", ServerThere: true),
            _ => new Silence($"The server at {_endpoint} refuses this worker: {detail}", Final: true),
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
            // Cut short, or not said by our server: the status has to do.
            return null;
        }
    }
}
