namespace Headrace.Client;

/// <summary>Where the server is, and how patient a client is with it.</summary>
public sealed record ClientOptions
{
    /// <summary>
    /// <c>http://host:port</c>, <c>https://host</c> or <c>unix:/path/to.sock</c>. Without it: <c>HEADRACE_SERVER</c>,
    /// else the newest running server of the same user, else <c>http://127.0.0.1:8080</c>.
    /// </summary>
    public string? Server { get; init; }

    /// <summary>
    /// The bearer key. Without it: <c>HEADRACE_KEY</c>, else the admin key of the local server at that address, where
    /// its file can be read.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>
    /// How long a call is sent again while the server is gone, answers 503 or breaks the connection; one minute. It
    /// counts anew after each success. A server that has never answered this client and
    /// refuses the connection fails the call at once. Zero sends everything once; a long time hides a server that will
    /// not come back.
    /// </summary>
    public TimeSpan ResendFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a submission refused with 429 (the queue is full) is offered again, each time after the Retry-After
    /// that the server names; one minute. Zero reports the first refusal.
    /// </summary>
    public TimeSpan WaitForRoom { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The first pause before a call is sent again; it doubles up to <see cref="LongestPause"/>.</summary>
    internal TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    internal TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    internal TimeProvider Time { get; init; } = TimeProvider.System;
}
