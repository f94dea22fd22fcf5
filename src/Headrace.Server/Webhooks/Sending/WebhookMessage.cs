namespace Headrace.Server.Webhooks.Sending;

/// <summary>A message to the receiver of a webhook.</summary>
/// <param name="Id">
/// The id of the message. It is the same in each attempt, so that the receiver can detect duplicates.
/// </param>
/// <param name="Body">The JSON text of the message.</param>
internal sealed record WebhookMessage(string Id, ReadOnlyMemory<byte> Body);

/// <summary>Specifies where and how messages are sent.</summary>
/// <param name="Url">The URL of the receiver.</param>
/// <param name="Timeout">Time limit for an attempt.</param>
/// <param name="Secrets">The secrets that are used to sign messages; two while the secret is being replaced.</param>
internal sealed record WebhookTarget(Uri Url, TimeSpan Timeout, IReadOnlyList<string> Secrets);
