namespace Headrace.Server.Webhooks.Sending;

/// <summary>A message to the receiver of a webhook.</summary>
/// <param name="Id">
/// Identifies what the message is about. It is the same in each attempt, so that the receiver can detect repetitions.
/// </param>
/// <param name="Body">The JSON.</param>
internal sealed record WebhookMessage(string Id, ReadOnlyMemory<byte> Body);

/// <summary>Where messages are sent, and how.</summary>
/// <param name="Url">The URL.</param>
/// <param name="Timeout">How long an attempt may take.</param>
/// <param name="Secrets">The secrets that sign a message; two while the secret is being replaced.</param>
internal sealed record WebhookTarget(Uri Url, TimeSpan Timeout, IReadOnlyList<string> Secrets);
