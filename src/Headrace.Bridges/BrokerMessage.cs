namespace Headrace.Bridges;

/// <summary>A message that the bridge took from a broker but has not settled yet.</summary>
/// <param name="Token">
/// Identifies the message for as long as the broker keeps it, across reconnections and restarts. It is the idempotency
/// key of the job, so submitting the message again does not create a second job.
/// </param>
/// <param name="Content">The bytes of the message.</param>
internal sealed record BrokerMessage(string Token, ReadOnlyMemory<byte> Content)
{
    /// <summary>True if the token is derived from an id that the sender chose.</summary>
    public bool HasOwnId { get; init; }

    /// <summary>The id that the sender gave the message; null if there is none.</summary>
    public string? MessageId { get; init; }

    /// <summary>Where the sender expects the result; null if the bridge decides where to send it.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>The correlation id that the sender expects in the result.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The number that identifies the message within its broker connection.</summary>
    public ulong DeliveryTag { get; init; }
}
