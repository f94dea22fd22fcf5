using System.Numerics;

namespace Headrace.Core.Dispatch;

/// <summary>An estimate of when a worker will have room for a job if it is assigned no other jobs (R19).</summary>
/// <param name="Time">The time until enough slots are free.</param>
/// <param name="MissingSlots">Number of slots that are not free yet.</param>
internal readonly record struct RoomForecast(TimeSpan Time, int MissingSlots)
{
    /// <summary>
    /// Maximum number of leases per worker used for the estimate, which bounds the work. Few workers run more jobs at
    /// the same time, and a sample of this size is sufficient for them.
    /// </summary>
    private const int MaxSampled = 64;

    /// <summary>
    /// Estimates when the worker will have this many free slots. The remaining run time of its jobs is unknown, but on
    /// average a job that has run for some time runs for about as long again. Jobs are therefore considered from the
    /// youngest to the oldest, and the estimate is the age of the job whose end frees enough slots.
    /// </summary>
    public static RoomForecast Of(Worker worker, int slots, Instant now)
    {
        var missing = slots - worker.UnsharedFreeSlots;
        if (missing <= 0)
            return new RoomForecast(TimeSpan.Zero, 0);
        var (sample, sampled) = (new List<(Instant Claimed, int Slots)>(), 0);
        foreach (var job in worker.HeldJobs)
        {
            if (sample.Count == MaxSampled)
                break;
            sample.Add((job.Status.Claimed, job.OccupiedSlots));
            sampled += job.OccupiedSlots;
        }
        sample.Sort(static (a, b) => b.Claimed.CompareTo(a.Claimed));
        var (freed, age) = (0L, TimeSpan.Zero);
        foreach (var (claimed, occupied) in sample)
        {
            // If the sample does not contain all jobs, the number of slots that it must free is scaled down
            // accordingly.
            if (freed * worker.OccupiedSlots >= (long)missing * sampled)
                break;
            freed += occupied;
            age = now - claimed;
        }
        return new RoomForecast(age, missing);
    }

    /// <summary>
    /// True if this worker is the better choice. Because the estimate is coarse, times that differ by less than a
    /// factor of about two count as equal; in that case, the worker with fewer missing slots is the better choice.
    /// </summary>
    public bool IsBefore(RoomForecast other) =>
        (Magnitude, MissingSlots).CompareTo((other.Magnitude, other.MissingSlots)) < 0;

    private int Magnitude => Time.Ticks <= 0 ? -1 : BitOperations.Log2((ulong)Time.Ticks);
}
