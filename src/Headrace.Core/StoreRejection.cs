namespace Headrace.Core;

/// <summary>
/// Defines the rejections that result from the state of the store, and the reasons why a shard stops.
/// </summary>
internal static class StoreRejection
{
    public static Rejection Unavailable(string reason) =>
        new(RejectionKind.Unavailable, $"The store cannot accept writes at the moment: {reason}")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static Rejection Unreadable(string reason) =>
        new(RejectionKind.Unavailable, $"The store could not read the rows that this request needs: {reason}")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    public static Rejection DiskFull(string reason) =>
        new(RejectionKind.StorageFull, reason) { RetryAfter = TimeSpan.FromSeconds(5) };

    public static string StopReason(CommitResult result) =>
        result switch
        {
            CommitResult.Fenced => "Another server now owns this store.",
            CommitResult.Refused refused => $"The store rejected a batch without client commands: {refused.Why}",
            CommitResult.Broken broken => $"The store failed: {broken.Why}",
            _ => result.ToString(),
        };
}
