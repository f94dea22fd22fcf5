using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Security;

/// <summary>
/// Browser sessions. A caller with a key or token obtains a link that works once. The browser that opens the link
/// receives a cookie and then acts as that caller. The caller's credential is checked again for each request, so a
/// session ends when the credential becomes invalid. Sessions are kept in memory, so a restart ends them.
/// </summary>
internal sealed class BrowserSessions(TimeProvider time)
{
    public const string Cookie = "headrace_session";

    /// <summary>
    /// The header that a page must send with each request that makes a change. A page on another host can make a
    /// browser send the cookie, but it cannot read the value of this header.
    /// </summary>
    public const string AntiforgeryHeader = "X-Headrace-Antiforgery";

    /// <summary>
    /// How long a link is valid. The time is short because the link may be visible in the browser history.
    /// </summary>
    public static readonly TimeSpan LinkLifetime = TimeSpan.FromMinutes(1);

    /// <summary>The maximum duration of a session: a working day.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>
    /// Maximum number of links, and also the maximum number of sessions. When the limit is reached, a new entry
    /// replaces the oldest one.
    /// </summary>
    public const int MaxEntries = 1_000;

    /// <summary>The unopened links, by the hash of their code.</summary>
    private readonly ConcurrentDictionary<string, BrowserSession> _links = new(StringComparer.Ordinal);

    /// <summary>The sessions, by the hash of the secret in their cookie.</summary>
    private readonly ConcurrentDictionary<string, BrowserSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>Returns the code of a new link for the caller with this credential.</summary>
    public string CreateLink(string credential)
    {
        var code = SecretText.Create();
        Add(_links, code, new BrowserSession(credential, time.GetUtcNow() + LinkLifetime, ""));
        return code;
    }

    /// <summary>
    /// Starts a session with the code of a link, which is no longer valid afterwards. Returns the value of the cookie
    /// in <paramref name="cookie"/>.
    /// </summary>
    public bool TryStart(string code, [NotNullWhen(true)] out string? cookie)
    {
        cookie = null;
        if (!_links.TryRemove(KeyOf(code), out var link) || link.Expires <= time.GetUtcNow())
            return false;
        cookie = SecretText.Create();
        Add(_sessions, cookie, new BrowserSession(link.Credential, time.GetUtcNow() + Lifetime, SecretText.Create()));
        return true;
    }

    /// <summary>Returns the session of a request; null if the request has no valid cookie.</summary>
    public BrowserSession? Find(HttpRequest request) =>
        request.Headers.Cookie.Count > 0
        && request.Cookies[Cookie] is { } cookie
        && _sessions.TryGetValue(KeyOf(cookie), out var session)
        && session.Expires > time.GetUtcNow()
            ? session
            : null;

    /// <summary>Ends the session of a request.</summary>
    public void End(HttpRequest request)
    {
        if (request.Cookies[Cookie] is { } cookie)
            _sessions.TryRemove(KeyOf(cookie), out _);
    }

    private static void Add(ConcurrentDictionary<string, BrowserSession> entries, string secret, BrowserSession entry)
    {
        while (entries.Count >= MaxEntries && entries.MinBy(other => other.Value.Expires).Key is { } oldest)
            entries.TryRemove(oldest, out _);
        entries[KeyOf(secret)] = entry;
    }

    private static string KeyOf(string secret) => Encoding.Latin1.GetString(SecretText.Hash(secret));
}

/// <summary>
/// A link or a session: the credential that it represents, and the antiforgery token that a page must send.
/// </summary>
internal sealed record BrowserSession(string Credential, DateTimeOffset Expires, string AntiforgeryToken)
{
    /// <summary>
    /// Returns whether a request may use the session. Only requests that make a change need the header.
    /// </summary>
    public bool Permits(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        || HttpMethods.IsHead(request.Method)
        || SecretText.Matches(
            request.Headers[BrowserSessions.AntiforgeryHeader].ToString(),
            SecretText.Hash(AntiforgeryToken)
        );

    /// <summary>Omits the secrets. The record's generated ToString method would include them.</summary>
    public override string ToString() => $"until {Expires:u}";
}
