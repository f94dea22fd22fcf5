namespace Headrace.Server.Webhooks.Sending;

/// <summary>The result of one attempt to send a message.</summary>
/// <param name="Status">The HTTP status; null if there was no reply.</param>
/// <param name="Error">Why the message counts as not received; null if the receiver accepted it.</param>
internal sealed record SendResult(int? Status, string? Error)
{
    /// <summary>The status by which a receiver declares that it wants no further message.</summary>
    private const int Gone = 410;

    /// <summary>The result for a message that need not be sent, because its job no longer exists.</summary>
    public static readonly SendResult NotNeeded = new(null, null);

    public bool IsAccepted => Error is null;

    /// <summary>Whether the message was sent.</summary>
    public bool WasSent => Status is not null || Error is not null;

    /// <summary>Whether the receiver declares that it wants no further message.</summary>
    public bool IsGone => Status == Gone;

    /// <summary>When the receiver wants the next attempt; null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How long the attempt took.</summary>
    public TimeSpan Duration { get; init; }
}
