using System.Buffers;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;

namespace Headrace.Client;

/// <summary>
/// Sends a request and reads the response headers. Converts every failure to one of the client's two exception types.
/// </summary>
internal sealed class HttpTransport : IDisposable
{
    // The server allows waits of up to 30 s, and a commit takes milliseconds. A server that sends no data for this long
    // is therefore treated as unreachable.
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(100);

    // The approximate capacity of the socket buffers. With a larger body, a rejection that arrives during the upload
    // would be lost when the server closes the connection, so the client sends Expect: 100-continue first.
    private const long ExpectContinueBytes = 64 << 10;

    private const int ReadBytes = 64 << 10;

    // Content-Length is not trusted: memory beyond this size is allocated only as the bytes arrive.
    private const int LargestFirstBuffer = 4 << 20;

    private const string Remedy =
        $"Start a server with `headrace up`, or set HEADRACE_SERVER to its address, such as {ServerEndpoint.Default}.";

    private readonly HttpClient _http;
    private readonly ServerEndpoint _endpoint;
    private readonly TimeProvider _timeProvider;

    /// <summary>The login whose token is sent with each request; null if a key is used instead.</summary>
    private readonly LoginSession? _login;

    public HttpTransport(ServerDiscovery choice, TimeProvider time)
    {
        _endpoint = choice.Endpoint;
        _timeProvider = time;
        _http = new HttpClient(choice.Endpoint.CreateHandler())
        {
            BaseAddress = choice.Endpoint.Url,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (choice.Login is { } login)
            _login = new LoginSession(login, _endpoint, _http, time);
        else if (choice.Key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", choice.Key);
    }

    public ServerEndpoint Endpoint => _endpoint;

    /// <summary>Gets a value indicating whether the server has ever replied to a call.</summary>
    public bool HasReplied { get; private set; }

    /// <summary>
    /// Returns the response once its headers have been read; the caller disposes it. Throws for status 300 and above.
    /// </summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.ExpectContinue = request.Content?.Headers.ContentLength > ExpectContinueBytes;
        return GuardAsync(
            async stop =>
            {
                if (_login is not null && !LoginSession.IsLogin(request))
                    request.Headers.Authorization = new AuthenticationHeaderValue(
                        "Bearer",
                        await _login.GetTokenAsync(stop)
                    );
                var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
                HasReplied = true;
                if (response.IsSuccessStatusCode)
                    return response;
                using (response)
                    throw (int)response.StatusCode < 400
                        ? NotHeadrace($"it redirects requests to '{response.Headers.Location}'")
                        : new HeadraceProblemException(await ReadProblemAsync(response, stop));
            },
            cancellationToken
        );
    }

    /// <summary>
    /// Reads a response body to its end. The timeout limits the time between two reads, not the whole body, so that a
    /// large result can arrive over a slow connection.
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
                        silence.CancelAfter(ReadTimeout);
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

    /// <summary>Runs one step of a call, with the same timeout and exceptions as <see cref="SendAsync"/>.</summary>
    public Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken) =>
        GuardAsync((_, stop) => act(stop), cancellationToken);

    /// <summary>
    /// Runs one step of a call. The step can restart the timeout through the token source that is passed to it.
    /// </summary>
    private async Task<T> GuardAsync<T>(
        Func<CancellationTokenSource, CancellationToken, Task<T>> act,
        CancellationToken cancellationToken
    )
    {
        using var silence = new CancellationTokenSource(ReadTimeout, _timeProvider);
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
                $"it sent no data for {ReadTimeout.TotalSeconds:0} s. Check the server's log.",
                mayHaveArrived: true
            );
        }
        catch (OperationCanceledException slow)
            when (slow.InnerException is TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            // The connect timeout of the handler expired, so nothing was sent.
            throw new ServerUnreachableException(
                _endpoint.ToString(),
                $"the connection attempt timed out. {Remedy}",
                mayHaveArrived: false,
                slow
            );
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw FailureOf(broken);
        }
    }

    /// <summary>
    /// Returns the exception for a failed request. Only network failures can be temporary, so only they are reported as
    /// transient.
    /// </summary>
    private Exception FailureOf(Exception broken) =>
        broken switch
        {
            HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError
                    or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError
            } => Unreachable($"{Sentence(broken)} {Remedy}", connected: false, broken),
            HttpRequestException
            {
                HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded
            } => NotHeadrace($"its reply is not valid HTTP ({broken.Message.TrimEnd('.')})", broken),
            HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: not IOException } =>
                new ArgumentException($"The request cannot be sent: {broken.Message}", broken),
            _ => Unreachable($"the connection was lost ({broken.Message}).", connected: true, broken),
        };

    private ServerUnreachableException Unreachable(string why, bool connected, Exception broken) =>
        new(_endpoint.ToString(), why, connected, broken);

    /// <summary>Returns the exception for a reply that did not come from a Headrace server.</summary>
    public HeadraceException NotHeadrace(string why, Exception? cause = null) =>
        new(
            $"The server at {_endpoint} is not a Headrace server of this version: {why}. Set HEADRACE_SERVER to the "
                + "address of a Headrace server.",
            cause!
        );

    private static string Sentence(Exception broken) =>
        broken.InnerException
            is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable }
            ? "nothing is listening at that address."
            : (broken.InnerException ?? broken).Message.TrimEnd('.') + ".";

    internal static async Task<ProblemReply> ReadProblemAsync(
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
            // The reply came from a proxy or from another server, so only its status is usable.
        }
        return new ProblemReply
        {
            Type = "about:blank",
            Title = response.ReasonPhrase ?? "",
            Status = (int)response.StatusCode,
            Detail =
                $"The server replied {(int)response.StatusCode} {response.ReasonPhrase} to "
                + $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.AbsolutePath}.",
            RetryAfter = after,
        };
    }

    public void Dispose()
    {
        _login?.Dispose();
        _http.Dispose();
    }
}
