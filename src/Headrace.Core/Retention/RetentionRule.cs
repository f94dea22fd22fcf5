namespace Headrace.Core.Retention;

/// <summary>
/// Decides which ended jobs may be deleted (R14): those that have reached the maximum age, and the oldest ones while
/// the history is larger than its limit, but never a job younger than the minimum age.
/// </summary>
internal static class RetentionRule
{
    /// <summary>
    /// Returns the time at which the oldest job may have to be deleted; null if there is no job. After a server start,
    /// the oldest job is unknown and is read at once.
    /// </summary>
    public static Instant? DueAt(History history, RetentionLimit limit, TimeSpan minimum) =>
        history.Jobs == 0 || history.Hold is { IsLeased: true } ? null
        : history.OldestNotBefore is not { } oldest ? default(Instant)
        : oldest + (history.Hold is null ? MaxAge(history.Bytes, limit, minimum) : MaxAgeOfHeld(limit, minimum));

    /// <summary>The age at which the oldest job in a history of this size is deleted.</summary>
    public static TimeSpan MaxAge(long bytes, RetentionLimit limit, TimeSpan minimum) =>
        bytes > limit.MaxBytes || limit.MaxAge < minimum ? minimum : limit.MaxAge;

    /// <summary>
    /// The age at which a job is deleted even if a feed has not acknowledged it. A large history does not reduce this
    /// age.
    /// </summary>
    public static TimeSpan MaxAgeOfHeld(RetentionLimit limit, TimeSpan minimum) => MaxAge(0, limit, minimum);

    /// <summary>
    /// Returns the latest time at which each of the oldest jobs could have ended, in the order of their completion. If
    /// the system clock was ahead for a while, the row of a job may contain a later end time than the rows of its
    /// successors.
    /// </summary>
    public static Instant[] EndTimes(IReadOnlyList<EndedJob> oldest, (long Number, Instant At)? endedBefore)
    {
        var ended = new Instant[oldest.Count];
        for (var i = ended.Length - 1; i >= 0; i--)
        {
            ended[i] = oldest[i].Ended;
            if (i + 1 < ended.Length && ended[i + 1] < ended[i])
                ended[i] = ended[i + 1];
            if (endedBefore is { } known && oldest[i].CompletionNumber <= known.Number && known.At < ended[i])
                ended[i] = known.At;
        }
        return ended;
    }

    /// <summary>Returns how many of the oldest jobs must be deleted now, given the times at which they ended.</summary>
    public static int CountExpired(
        IReadOnlyList<EndedJob> oldest,
        IReadOnlyList<Instant> ended,
        long bytes,
        RetentionLimit limit,
        TimeSpan minimum,
        Instant now
    )
    {
        var count = 0;
        while (count < ended.Count && ended[count] + MaxAge(bytes, limit, minimum) <= now)
            bytes -= oldest[count++].StoredBytes;
        return count;
    }

    /// <summary>
    /// Returns how many of the expired jobs are deleted: those before the first job that a feed holds back. A job that
    /// a consumer holds is never deleted. An unacknowledged job is deleted only when it has reached its maximum age.
    /// </summary>
    public static int CountDeletable(
        IReadOnlyList<EndedJob> oldest,
        IReadOnlyList<Instant> ended,
        int expired,
        TimeSpan maxAgeOfHeld,
        Instant now,
        Func<EndedJob, FeedHold?> holdOf,
        out FeedHold? hold
    )
    {
        hold = null;
        for (var i = 0; i < expired; i++)
        {
            hold = holdOf(oldest[i]);
            if (hold is { IsLeased: true } || (hold is not null && ended[i] + maxAgeOfHeld > now))
                return i;
        }
        hold = null;
        return expired;
    }

    /// <summary>
    /// True if the history is larger than its limit, but none of its jobs can be deleted yet. The jobs in the queue
    /// then wait, because there is no room for their results.
    /// </summary>
    public static bool HasNoRoom(History history, RetentionLimit limit, TimeSpan minimum, Instant now) =>
        history.Bytes > limit.MaxBytes
        && history.OldestNotBefore is { } oldest
        && (history.Hold is not null || oldest + minimum > now);
}
