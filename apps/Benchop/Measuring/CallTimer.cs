namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// Times a call in batches. Warm-up goes on until the compiler's tiers have settled; then batches are repeated until the mean's 95 % interval is narrow enough.
/// </summary>
internal sealed class CallTimer(TimeProvider time, MeasureOptions options)
{
    // A batch this long makes the clock's own cost (some 0.2 us) and resolution invisible.
    private const double BatchSeconds = 2e-3;

    // Tiered compilation promotes a method after 30 calls and a 100 ms pause, in the background: a shorter warm-up would time the unoptimised code.
    private const double LeastWarmUpSeconds = 0.35;

    // Three batches are the least that give an interval at all; from eleven on it is trusted.
    private const int LeastBatches = 11;
    private const int LeastSlowBatches = 3;

    public Timing Run(Action call)
    {
        long calls = WarmUp(call);
        var cpu = new RunningMean();
        var wall = new RunningMean();
        long started = time.GetTimestamp();
        while (true)
        {
            (double cpuSeconds, double wallSeconds) = Batch(call, calls);
            cpu.Add(cpuSeconds / calls);
            wall.Add(wallSeconds / calls);
            bool narrow = cpu.Count >= LeastBatches && cpu.HalfWidth <= options.HalfWidth;
            bool late = time.GetElapsedTime(started).TotalSeconds > options.MostSeconds && cpu.Count >= LeastSlowBatches;
            if (narrow || late)
            {
                return new Timing(1e6 * cpu.Mean, 1e6 * wall.Mean, cpu.HalfWidth, cpu.Count, cpu.Count * calls, cpu.HalfWidth <= options.HalfWidth);
            }
        }
    }

    /// <summary>Returns the number of calls that fill a batch.</summary>
    private long WarmUp(Action call)
    {
        long started = time.GetTimestamp();
        long calls = 1;
        double previous = double.MaxValue;
        while (true)
        {
            (double cpu, _) = Batch(call, calls);
            double elapsed = time.GetElapsedTime(started).TotalSeconds;
            double each = Math.Max(cpu, 1e-9) / calls;
            bool settled = elapsed > LeastWarmUpSeconds && cpu > 0.5 * BatchSeconds && Math.Abs(each - previous) < 0.03 * each;
            if (settled || elapsed > options.MostSeconds)
            {
                return Math.Max(1, (long)(BatchSeconds / each));
            }

            previous = each;
            calls = Math.Clamp((long)(BatchSeconds / each), 1, 2 * calls);
        }
    }

    private (double Cpu, double Wall) Batch(Action call, long calls)
    {
        long wall = time.GetTimestamp();
        double cpu = ThreadCpuClock.Seconds();
        for (long i = 0; i < calls; i++)
        {
            call();
        }

        return (ThreadCpuClock.Seconds() - cpu, time.GetElapsedTime(wall).TotalSeconds);
    }
}
