using System.Buffers;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;

namespace Headrace.Client;

/// <summary>
/// Sends one request and reads the start of its answer; what goes wrong becomes one of our two exceptions.
/// </summary>
internal sealed class ServerLink : IDisposable
{
    // The longest wait that the server grants is 30 s, and a commit takes milliseconds: a server that sends nothing for
    // this long is treated as gone.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(100);

    // Socket buffers swallow about this much. With more, a refusal sent while the body still goes out would be lost in
    // a broken pipe, so the server is asked first.
    private const long AskFirstBytes = 64 << 10;

    private const int ReadBytes = 64 << 10;

    // A Content-Length is a claim: memory beyond this is allocated as bytes arrive.
    private const int LargestFirstBuffer = 4 << 20;

    private const string Remedy =
        $"Start one with `headrace up`, or name it: HEADRACE_SERVER={ServerEndpoint.Default}.";

    private readonly HttpClient _http;
    private readonly ServerEndpoint _endpoint;
    private readonly TimeProvider _time;

    public ServerLink(ServerChoice choice, TimeProvider time)
    {
        _endpoint = choice.Endpoint;
        _time = time;
        _http = new HttpClient(choice.Endpoint.CreateHandler())
        {
            BaseAddress = choice.Endpoint.Url,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (choice.Key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", choice.Key);
    }

    public ServerEndpoint Endpoint => _endpoint;

    /// <summary>True once the server answered anything. Written by any call, false to true only.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>
    /// The response with its headers read; the caller disposes it. A status of 400 and above is thrown.
    /// </summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.ExpectContinue = request.Content?.Headers.ContentLength > AskFirstBytes;
        return GuardAsync(
            async stop =>
            {
                var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
                HasAnswered = true;
                if ((int)response.StatusCode < 400)
                    return response;
                using (response)
                    throw new HeadraceProblemException(await ReadProblemAsync(response, stop));
            },
            cancellationToken
        );
    }

    /// <summary>
    /// Reads the body of an answer to its end. The time limit bounds the pause between two reads, not the whole body: a
    /// large result over a slow connection takes as long as it takes.
    /// </summary>
    public Task<byte[]> ReadToEndAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        GuardAsync(
            async (silence, stop) =>
            {
                await using var stream = await response.Content.ReadAsStreamAsync(stop);
                using var body = new MemoryStream(
                    (int)Math.Min(response.Content.Headers.ContentLength ?? 0, LargestFirstBuffer)
                );
                var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
                try
                {
                    while (await stream.ReadAsync(buffer, stop) is var read and > 0)
                    {
                        silence.CancelAfter(Silence);
                        await body.WriteAsync(buffer.AsMemory(0, read), stop);
                    }
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
                return body.TryGetBuffer(out var whole) && whole.Count == whole.Array!.Length
                    ? whole.Array
                    : body.ToArray();
            },
            cancellationToken
        );

    /// <summary>
    /// Does one step of an exchange, under the same time limit and with the same exceptions as sending.
    /// </summary>
    public Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken) =>
        GuardAsync((_, stop) => act(stop), cancellationToken);

    /// <summary>The step can restart the time limit through the source it is given.</summary>
    private async Task<T> GuardAsync<T>(
        Func<CancellationTokenSource, CancellationToken, Task<T>> act,
        CancellationToken cancellationToken
    )
    {
        using var silence = new CancellationTokenSource(Silence, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await act(silence, either.Token);
        }
        catch (OperationCanceledException)
            when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ServerUnreachableException(
                _endpoint.ToString(),
                $"it sent nothing for {Silence.TotalSeconds:0} s. Look at the server's log.",
                mayHaveArrived: true
            );
        }
        catch (OperationCanceledException slow)
            when (slow.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            // The handler's own time limit for connecting: nothing was sent.
            throw new ServerUnreachableException(
                _endpoint.ToString(),
                $"connecting timed out. {Remedy}",
                mayHaveArrived: false,
                slow
            );
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw Unreachable(broken);
        }
    }

    private ServerUnreachableException Unreachable(Exception broken)
    {
        var connected =
            broken
            is not HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError
                    or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError
            };
        var why = connected ? $"the connection broke ({broken.Message})." : $"{Sentence(broken)} {Remedy}";
        return new ServerUnreachableException(_endpoint.ToString(), why, connected, broken);
    }

    private static string Sentence(Exception broken) =>
        broken.InnerException
            is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable }
            ? "nothing listens there."
            : (broken.InnerException ?? broken).Message.TrimEnd('.') + ".";

    private static async Task<ProblemReply> ReadProblemAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        var after = response.Headers.RetryAfter?.Delta?.TotalSeconds;
        try
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (
                response.Content.Headers.ContentType?.MediaType is "application/problem+json"
                && JsonSerializer.Deserialize(body, HeadraceJson.Default.ProblemReply) is { } problem
            )
                return problem with { Status = (int)response.StatusCode, RetryAfter = problem.RetryAfter ?? after };
        }
        catch (JsonException)
        {
            // Said by something between us and the server, or by another server: the status has to do.
        }
        return new ProblemReply
        {
            Type = "about:blank",
            Title = response.ReasonPhrase ?? "",
            Status = (int)response.StatusCode,
            Detail =
                $"The server answered {(int)response.StatusCode} {response.ReasonPhrase} to "
                + $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}.",
            RetryAfter = after,
        };
    }

    public void Dispose() => _http.Dispose();
}
