using System.Runtime;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// Times a call in batches. Warm-up goes on until the compiler's tiers have settled; then batches are repeated until
/// the mean's 95 % interval is narrow enough.
/// </summary>
internal sealed class CallTimer(TimeProvider time, MeasureOptions options)
{
    // A batch this long makes the clock's own cost (some 0.2 us) and resolution invisible.
    private const double BatchSeconds = 2e-3;

    // Tiered compilation promotes a method after 30 calls and a pause of 100 ms, twice, in the background. On a crowded
    // machine that thread waits its
    // turn: a Heston kernel was once timed at 586 ns, steady to 0.5 %, whose optimised code takes 81. Hence the warm-up
    // lasts until no batch has been
    // faster than before for this long, and for so much processor time: at a load of 25 on two cores the one comes
    // without the other (20 us were
    // once read for a call of 0.43).
    private const double QuietSeconds = 0.8;
    private const double QuietCpuSeconds = 0.3;

    // The warm-up may last so many times longer than the repeats: it only does on a machine that is shared with many.
    private const double WarmUpPatience = 5;

    // Three batches are the least that give an interval at all; from eleven on it is trusted.
    private const int LeastBatches = 11;
    private const int LeastSlowBatches = 3;

    public Timing Run(Action call, CancellationToken cancellationToken)
    {
        var calls = WarmUp(call, cancellationToken);
        var started = time.GetTimestamp();
        while (true)
        {
            // Code that was compiled meanwhile may have been this call's: then what was measured is neither the old nor
            // the new.
            var compiled = JitInfo.GetCompiledMethodCount();
            var timing = Round(call, calls, started, cancellationToken);
            if (JitInfo.GetCompiledMethodCount() == compiled || Late(started))
                return timing;
        }
    }

    private Timing Round(Action call, long calls, long started, CancellationToken cancellationToken)
    {
        var cpu = new RunningMean();
        var wall = new RunningMean();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (cpuSeconds, wallSeconds) = Batch(call, calls);
            cpu.Add(cpuSeconds / calls);
            wall.Add(wallSeconds / calls);
            var narrow = cpu.Count >= LeastBatches && cpu.HalfWidth <= options.HalfWidth;
            if (narrow || (cpu.Count >= LeastSlowBatches && Late(started)))
                return new Timing(
                    1e6 * cpu.Mean,
                    1e6 * wall.Mean,
                    cpu.HalfWidth,
                    cpu.Count,
                    cpu.Count * calls,
                    cpu.HalfWidth <= options.HalfWidth
                );
        }
    }

    /// <summary>Returns the number of calls that fill a batch.</summary>
    private long WarmUp(Action call, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var improved = started;
        double quietCpu = 0;
        long calls = 1;
        var best = double.MaxValue;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (cpu, _) = Batch(call, calls);
            var each = Math.Max(cpu, 1e-9) / calls;
            quietCpu += cpu;
            if (each < 0.97 * best)
            {
                improved = time.GetTimestamp();
                quietCpu = 0;
            }

            best = Math.Min(best, each);
            var quiet =
                cpu > 0.5 * BatchSeconds
                && quietCpu > QuietCpuSeconds
                && time.GetElapsedTime(improved).TotalSeconds > QuietSeconds;
            if (quiet || time.GetElapsedTime(started).TotalSeconds > WarmUpPatience * options.MostSeconds)
                return Math.Max(1, (long)(BatchSeconds / best));

            calls = Math.Clamp((long)(BatchSeconds / each), 1, 2 * calls);
        }
    }

    private bool Late(long started) => time.GetElapsedTime(started).TotalSeconds > options.MostSeconds;

    private (double Cpu, double Wall) Batch(Action call, long calls)
    {
        var wall = time.GetTimestamp();
        var cpu = ThreadCpuClock.Seconds();
        for (long i = 0; i < calls; i++)
            call();

        return (ThreadCpuClock.Seconds() - cpu, time.GetElapsedTime(wall).TotalSeconds);
    }
}

/// <summary>What one call costs: mean processor time over batches of calls, and how sure that mean is.</summary>
/// <param name="CpuMicroseconds">Of one call, which prices all points.</param>
/// <param name="WallMicroseconds">Of one call; more than the processor time when the machine was shared.</param>
/// <param name="HalfWidth">Half of the 95 % interval of the processor time, as a share of it.</param>
/// <param name="Steady">False when the time ran out before the interval was as narrow as asked.</param>
internal sealed record Timing(
    double CpuMicroseconds,
    double WallMicroseconds,
    double HalfWidth,
    int Batches,
    long Calls,
    bool Steady
);
