using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Sends one request and reads the start of its answer; what goes wrong becomes one of our two exceptions.
/// </summary>
internal sealed class ServerLink : IDisposable
{
    // A wait is at most 30 s and a commit takes milliseconds: a server silent for so long is taken for gone.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(100);

    // Socket buffers swallow about this much. With more, a refusal sent while the body still goes out would be lost in
    // a broken pipe, so the server is asked first.
    private const long AskFirstBytes = 64 << 10;

    private readonly HttpClient _http;
    private readonly ServerAddress _address;
    private readonly TimeProvider _time;

    public ServerLink(ServerChoice choice, TimeProvider time)
    {
        _address = choice.Address;
        _time = time;
        _http = new HttpClient(Transport(choice.Address))
        {
            BaseAddress = choice.Address.Url,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (choice.Key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", choice.Key);
    }

    public ServerAddress Address => _address;

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
    /// Reads from an answer, under the same patience with silence and with the same exceptions as sending.
    /// </summary>
    public async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(Silence, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await act(either.Token);
        }
        catch (OperationCanceledException)
            when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ServerUnreachableException(
                _address.ToString(),
                $"no answer within {Silence.TotalSeconds:0} s. Look at the server's log.",
                mayHaveArrived: true
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
        var why = connected
            ? $"the connection broke ({broken.Message})."
            : $"{Sentence(broken)} Start one with `headrace up`, or name it: HEADRACE_SERVER={ServerAddress.Default}.";
        return new ServerUnreachableException(_address.ToString(), why, connected, broken);
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
                $"The server answered {(int)response.StatusCode} {response.ReasonPhrase} to {response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}.",
            RetryAfter = after,
        };
    }

    private static SocketsHttpHandler Transport(ServerAddress address)
    {
        var handler = new SocketsHttpHandler
        {
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            // The key travels in a header: it follows no redirection, and on its way to this machine it meets no proxy
            // that the environment names.
            AllowAutoRedirect = false,
            UseProxy = !address.Url.IsLoopback,
            UseCookies = false,
        };
        if (address.Socket is not { } socket)
            return handler;
        handler.ConnectCallback = async (_, cancellationToken) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                return new NetworkStream(connection, ownsSocket: true);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        };
        return handler;
    }

    public void Dispose() => _http.Dispose();
}
