namespace Headrace.Worker.Mpi.Farm;

/// <summary>
/// Decides how many jobs a rank receives next. Long jobs are handed out one at a time, so that all ranks finish at
/// about the same time even if the jobs differ in length (a farm). If jobs are so short that the messages would take
/// longer than the jobs, they are divided evenly (scatter and gather).
/// </summary>
internal static class ShareRule
{
    /// <summary>
    /// A job that takes at least this time counts as long: compared with such a job, a message in each direction is
    /// cheap. The time is about ten times the cost of the messages and the thread switches.
    /// </summary>
    public static readonly TimeSpan LongJob = TimeSpan.FromMicroseconds(500);

    /// <summary>
    /// A rank holds one more job than it is running, so that it need not wait for its next job. This does not apply to
    /// the last jobs, because a job that is waiting behind a long one could run on another rank.
    /// </summary>
    private const int MaxHeld = 2;

    /// <param name="waiting">The number of jobs that no rank has received.</param>
    /// <param name="held">The number of jobs that this rank has received but has not ended.</param>
    /// <param name="idle">The number of ranks that hold no job, including this one.</param>
    /// <param name="ranks">The number of ranks.</param>
    /// <param name="mean">The mean time of a job; null if it is not known.</param>
    public static int Next(int waiting, int held, int idle, int ranks, TimeSpan? mean)
    {
        if (waiting == 0)
            return 0;
        if (mean < LongJob)
            return held == 0 ? (waiting + idle - 1) / idle : 0;
        var most = mean is not null && waiting > ranks ? MaxHeld : 1;
        return held < most ? 1 : 0;
    }
}
