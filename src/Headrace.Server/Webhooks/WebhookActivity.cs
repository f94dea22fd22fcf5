namespace Headrace.Server.Webhooks;

/// <summary>
/// The activity of a webhook since the server started. The record is immutable and replaced as a whole, so readers need
/// no lock.
/// </summary>
internal sealed record WebhookActivity
{
    public static readonly WebhookActivity None = new();

    /// <summary>The number of accepted deliveries.</summary>
    public long Delivered { get; init; }

    /// <summary>
    /// The number of failed deliveries that are waiting for their next attempt while others are sent.
    /// </summary>
    public int Held { get; init; }

    /// <summary>The HTTP status of the last attempt; null if there was no reply.</summary>
    public int? LastStatus { get; init; }

    /// <summary>The error of the last failed attempt.</summary>
    public string? LastError { get; init; }

    public DateTimeOffset? LastAttempt { get; init; }

    public DateTimeOffset? LastDelivery { get; init; }

    /// <summary>When a failed delivery is sent again; null if no delivery has failed.</summary>
    public DateTimeOffset? NextAttempt { get; init; }
}
