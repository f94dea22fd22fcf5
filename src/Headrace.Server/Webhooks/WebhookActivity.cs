namespace Headrace.Server.Webhooks;

/// <summary>
/// What a webhook has done since the server started. It is replaced as a whole, so readers need no lock.
/// </summary>
internal sealed record WebhookActivity
{
    public static readonly WebhookActivity None = new();

    /// <summary>The number of accepted deliveries.</summary>
    public long Delivered { get; init; }

    /// <summary>The number of failed deliveries that wait for their next attempt while others are sent.</summary>
    public int Held { get; init; }

    /// <summary>The HTTP status of the last attempt; null if it had no reply.</summary>
    public int? LastStatus { get; init; }

    /// <summary>The error of the last attempt that failed.</summary>
    public string? LastError { get; init; }

    public DateTimeOffset? LastAttempt { get; init; }

    public DateTimeOffset? LastDelivery { get; init; }

    /// <summary>When a failed delivery is sent again; null if none has failed.</summary>
    public DateTimeOffset? NextAttempt { get; init; }
}
