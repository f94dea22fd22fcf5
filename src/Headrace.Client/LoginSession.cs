using System.Net.Http.Headers;
using System.Text.Json;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;

namespace Headrace.Client;

/// <summary>
/// The user's login to a server. It obtains the next token before the current one expires, and shares the tokens with
/// the user's other processes.
/// </summary>
internal sealed class LoginSession(
    StoredLogin login,
    ServerEndpoint endpoint,
    HttpClient http,
    TimeProvider timeProvider
) : IDisposable
{
    // A token with less than this time left could expire before the request arrives.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _turn = new(1);
    private volatile StoredLogin _login = login;

    /// <summary>Returns whether a request logs in or out. Such a request must not require a valid login.</summary>
    public static bool IsLogin(HttpRequestMessage request) =>
        request.RequestUri?.OriginalString.StartsWith("v1/log", StringComparison.Ordinal) == true;

    public ValueTask<string> GetTokenAsync(CancellationToken cancellationToken) =>
        IsFresh(_login) ? new ValueTask<string>(_login.Token) : new ValueTask<string>(RefreshAsync(cancellationToken));

    public void Dispose() => _turn.Dispose();

    private bool IsFresh(StoredLogin one) => one.Expires - timeProvider.GetUtcNow() > Margin;

    private async Task<string> RefreshAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            using var exclusive = await LockAsync(cancellationToken);
            // Another process may have refreshed the tokens in the meantime.
            _login = StoredLogin.Read(endpoint) ?? _login;
            if (!IsFresh(_login))
                _login = await PostAsync(cancellationToken);
            return _login.Token;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (StoredLogin.TryLock(endpoint) is { } exclusive)
                return exclusive;
            await Task.Delay(LockRetry, timeProvider, cancellationToken);
        }
    }

    private async Task<StoredLogin> PostAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/login:refresh")
        {
            Content = new ByteArrayContent(
                JsonSerializer.SerializeToUtf8Bytes(
                    new RefreshRequest { RefreshToken = _login.RefreshToken },
                    HeadraceJson.Default.RefreshRequest
                )
            )
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            },
        };
        using var response = await http.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new HeadraceProblemException(await HttpTransport.ReadProblemAsync(response, cancellationToken));
        var reply = JsonSerializer.Deserialize(
            await response.Content.ReadAsByteArrayAsync(cancellationToken),
            StrictJson.For(HeadraceJson.Default.LoginReply)
        )!;
        var next = new StoredLogin(
            endpoint.ToString(),
            reply.User,
            reply.Token,
            reply.Expires,
            reply.RefreshToken,
            reply.RefreshExpires
        );
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
            next.Write(endpoint);
        return next;
    }
}
