namespace Headrace.Bridges;

/// <summary>A message that the bridge has taken from a broker, and that is not settled yet.</summary>
/// <param name="Token">
/// Names the message as long as the broker keeps it, across reconnections and restarts. It is the idempotency key of
/// the job, so that submitting the message again does not create a second job.
/// </param>
/// <param name="Content">The bytes of the message.</param>
internal sealed record BrokerMessage(string Token, ReadOnlyMemory<byte> Content);
