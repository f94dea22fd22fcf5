namespace Headrace.Bridges;

/// <summary>A message that the bridge has taken from a broker, and that is not settled yet.</summary>
/// <param name="Token">
/// Names the message as long as the broker keeps it, across reconnections and restarts. It is the idempotency key of
/// the job, so that submitting the message again does not create a second job.
/// </param>
/// <param name="Content">The bytes of the message.</param>
internal sealed record BrokerMessage(string Token, ReadOnlyMemory<byte> Content)
{
    /// <summary>Whether the token stands for an id that the sender has chosen.</summary>
    public bool HasOwnId { get; init; }

    /// <summary>The id that the sender has given to the message; null if there is none.</summary>
    public string? MessageId { get; init; }

    /// <summary>Where the sender expects the result; null if the bridge decides.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>What the sender expects with the result.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The number under which the connection to the broker knows the message.</summary>
    public ulong DeliveryTag { get; init; }
}
