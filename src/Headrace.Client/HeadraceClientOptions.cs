using Headrace.Core;

namespace Headrace.Client;

/// <summary>
/// Specifies the server that a <see cref="HeadraceClient"/> connects to and how long it retries failed calls.
/// </summary>
public sealed record HeadraceClientOptions
{
    /// <summary>
    /// Gets the server address: <c>http://host:port</c>, <c>https://host</c> or <c>unix:/path/to.sock</c>. When it is
    /// not set, the client uses <c>HEADRACE_SERVER</c>, then <c>server</c> in the user's <c>config.json</c>, then the
    /// user's newest server on this machine that accepts connections.
    /// </summary>
    public string? Server { get; init; }

    /// <summary>
    /// Gets the bearer key. When it is not set, the client uses <c>HEADRACE_KEY</c>, then the user's login to that
    /// server (<c>headrace login</c>), then the admin key of the local server at that address if its file is readable.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>
    /// Gets the maximum time for which a call is retried while the server is unreachable, replies with 503 or drops the
    /// connection. Default: 1 minute. The time limit restarts after each success.
    /// </summary>
    /// <remarks>
    /// A call fails immediately when the connection is refused and this client has never received a reply from the
    /// server. Zero disables retries. With a long timeout, the client is slow to report a permanent server failure.
    /// </remarks>
    public TimeSpan RetryTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Gets the maximum time for which a submission is retried after the server rejected it with 429 (the queue is
    /// full). Default: 1 minute. Before each retry, the client waits at least for the Retry-After time that the server
    /// specifies. If this time is zero, the first rejection is reported immediately.
    /// </summary>
    public TimeSpan QueueFullTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Gets an action that is called before each retry, with the reason and the delay; null to retry silently.
    /// </summary>
    public Action<HeadraceException, TimeSpan>? Retrying { get; init; }

    /// <summary>
    /// Gets the delay before the first retry. It doubles with each retry up to <see cref="MaxBackoff"/>.
    /// </summary>
    internal TimeSpan InitialBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    internal TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(5);

    internal TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
