namespace Headrace.Core;

/// <summary>
/// The shard does not accept commands at the moment, because it is starting, it is stopping, or its store is
/// unavailable. The message states the reason. <see cref="RetryAfter"/> is null if the time of recovery is unknown.
/// </summary>
internal sealed class MailboxClosedException(Reason reason, TimeSpan? retryAfter = null)
    : HeadraceException(reason.Detail)
{
    internal override Reason Reason { get; } = reason;

    public TimeSpan? RetryAfter { get; } = retryAfter;

    public RejectionKind Kind { get; init; } = RejectionKind.Unavailable;

    public override bool IsTransient => true;
}
