namespace Headrace.Core;

/// <summary>
/// Defines the rejections that result from the state of the store, and the reasons why a shard stops.
/// </summary>
internal static class StoreRejection
{
    public static Rejection Unavailable(Reason reason) =>
        new(RejectionKind.Unavailable, Reason.Of($"The store cannot accept writes at the moment: {reason}"))
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static Rejection Unreadable(Reason reason) =>
        new(
            RejectionKind.Unavailable,
            Reason.Of($"The store could not read the rows that this request needs: {reason}")
        )
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static Rejection DiskFull(Reason reason) =>
        new(RejectionKind.StorageFull, reason) { RetryAfter = TimeSpan.FromSeconds(5) };

    public static Reason StopReason(CommitResult result) =>
        result switch
        {
            CommitResult.Fenced => "Another server now owns this store.",
            CommitResult.Refused refused => Reason.Of(
                $"The store rejected a batch without client commands: {refused.Why}"
            ),
            CommitResult.Broken broken => Reason.Of($"The store failed: {broken.Why}"),
            _ => result.ToString(),
        };
}
