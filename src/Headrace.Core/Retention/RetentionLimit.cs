namespace Headrace.Core.Retention;

/// <summary>
/// Specifies how long the ended jobs in a queue are kept: up to a maximum age and a maximum total size. When either
/// limit is reached, the oldest jobs are deleted, but never a job younger than <see cref="Minimum"/> (R14).
/// </summary>
/// <param name="MaxAge">The age at which a job is deleted.</param>
/// <param name="MaxBytes">
/// The total size above which the oldest jobs are deleted; see <see cref="History.Bytes"/>.
/// </param>
internal sealed record RetentionLimit(TimeSpan MaxAge, long MaxBytes)
{
    /// <summary>
    /// Minimum age of a job that retention deletes, so that a client that lost its connection can still read a result
    /// and repeat a submission with its idempotency key.
    /// </summary>
    public static readonly TimeSpan Minimum = TimeSpan.FromHours(1);

    public static readonly RetentionLimit Succeeded = new(TimeSpan.FromDays(7), 8L << 30);

    /// <summary>Failed jobs are kept longer, because someone must investigate them first.</summary>
    public static readonly RetentionLimit Unsuccessful = new(TimeSpan.FromDays(30), 8L << 30);
}
