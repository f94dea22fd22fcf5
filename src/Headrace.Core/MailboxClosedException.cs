namespace Headrace.Core;

/// <summary>
/// The shard takes no command now: it is starting or stopping, or its store is in trouble. The message says why;
/// <see cref="RetryAfter"/> is null where nobody knows when it will.
/// </summary>
internal sealed class MailboxClosedException(string message, TimeSpan? retryAfter = null) : HeadraceException(message)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;

    public RejectionKind Kind { get; init; } = RejectionKind.Unavailable;

    public override bool IsTransient => true;
}
