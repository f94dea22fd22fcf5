namespace Headrace.Server.Webhooks.Sending;

/// <summary>The result of one attempt to send a message.</summary>
/// <param name="Status">The HTTP status; null if there was no reply.</param>
/// <param name="Error">Why the attempt failed; null if the receiver accepted the message.</param>
internal sealed record SendResult(int? Status, string? Error)
{
    /// <summary>The HTTP status that a receiver returns to declare that it wants no more messages.</summary>
    private const int Gone = 410;

    /// <summary>The result for a message that is not sent because its job no longer exists.</summary>
    public static readonly SendResult NotNeeded = new(null, null);

    public bool IsAccepted => Error is null;

    /// <summary>Whether the message was sent.</summary>
    public bool WasSent => Status is not null || Error is not null;

    /// <summary>Whether the receiver declared that it wants no more messages.</summary>
    public bool IsGone => Status == Gone;

    /// <summary>The delay that the receiver requested before the next attempt; null if it requested none.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How long the attempt took.</summary>
    public TimeSpan Duration { get; init; }
}
