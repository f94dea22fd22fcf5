using System.Runtime;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// Measures how long a call takes by timing batches of calls. The warm-up lasts until tiered compilation has settled.
/// After that, batches are repeated until the 95 % confidence interval of the mean is narrow enough.
/// </summary>
internal sealed class CallTimer(TimeProvider time, MeasureOptions options)
{
    // With batches of this length, the cost of reading the clock (about 0.2 us) and its resolution are negligible.
    private const double BatchSeconds = 2e-3;

    // Tiered compilation promotes a method twice, each time after 30 calls and a pause of 10 ms, on another thread. On
    // a loaded machine, that thread is delayed: a Heston kernel was once timed at 586 ns, steady to 0.5 %, even though
    // its optimised code takes only 81 ns. The warm-up therefore lasts until no batch has been faster than all earlier
    // ones for this amount of wall time and of CPU time. Both are needed. At a load average of 25 on two cores, the
    // thread waits most of the time, so wall time alone would end the warm-up too early (a call that takes 0.43 us was
    // once measured at 20 us).
    private const double QuietSeconds = 0.4;
    private const double QuietCpuSeconds = 0.3;

    // A smaller budget shortens the warm-up in proportion, but not below this value, because the JIT compiler of an
    // idle machine optimises a method within 50 ms.
    private const double MinQuietShare = 0.3;

    // If a batch is faster than all earlier ones by this factor, the earlier ones were not yet warm.
    private const double Improvement = 0.97;

    // A call that takes this long is optimised while it runs, and averages out the noise of 50 batches.
    private const double SlowCpuSeconds = 0.1;

    // The maximum warm-up time, as a multiple of the measuring time. It is reached only on a heavily shared machine.
    private const double WarmUpFactor = 5;

    // A confidence interval is considered reliable once it is based on at least eleven batches. If time runs out first,
    // three batches are enough.
    private const int MinBatches = 11;
    private const int MinSlowBatches = 3;

    // If a call takes longer than this multiple of the measuring time, it is not repeated three times.
    private const double VerySlowFactor = 4;

    // This is long enough that the resolution of the clocks does not matter, but short enough that a curve of many
    // points is cheap to measure.
    private const double BriefSeconds = 10e-3;
    private const long MaxBriefCalls = 20_000;

    private readonly double _quietShare = Math.Clamp(
        options.MaxSeconds / MeasureOptions.DefaultSeconds,
        MinQuietShare,
        1
    );

    /// <param name="first">The time of one call that was already made, or null. A slow call is not made again.</param>
    public Timing Run(Action call, Timing? first, CancellationToken cancellationToken)
    {
        first ??= RunOnce(time, call);
        if (first.CpuMicroseconds > 1e6 * SlowCpuSeconds)
            return RunSlow(call, first, cancellationToken);

        var calls = WarmUp(call, cancellationToken);
        var started = time.GetTimestamp();
        while (true)
        {
            // If the runtime compiled a method during the round, that method may be part of the timed call. In that
            // case, the round measured a mixture of old and new code, so it is repeated if time remains.
            var compiled = JitInfo.GetCompiledMethodCount();
            var timing = Round(call, calls, started, cancellationToken);
            if (JitInfo.GetCompiledMethodCount() == compiled || Late(started))
                return timing;
        }
    }

    /// <summary>
    /// Times a slow call without a separate warm-up, and ends as soon as two calls agree. If a call is clearly faster
    /// than all earlier ones, the earlier times are discarded.
    /// </summary>
    private Timing RunSlow(Action call, Timing first, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var (cpu, wall) = (new RunningMean(), new RunningMean());
        var best = double.MaxValue;
        for (var latest = first; ; latest = RunOnce(time, call))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (latest.CpuMicroseconds < Improvement * best)
                (cpu, wall) = (new RunningMean(), new RunningMean());
            best = Math.Min(best, latest.CpuMicroseconds);
            cpu.Add(latest.CpuMicroseconds);
            wall.Add(latest.WallMicroseconds);
            var narrow = cpu.HalfWidth <= options.HalfWidth;
            if (narrow || (cpu.Count >= MinSlowBatches && Late(started)) || Late(started, VerySlowFactor))
                return new Timing(cpu.Mean, wall.Mean, cpu.HalfWidth, cpu.Count, cpu.Count, narrow);
        }
    }

    /// <summary>
    /// Times one batch without a warm-up. Used for a cell that is not ranked and for the points of a curve. The width
    /// of the confidence interval is unknown.
    /// </summary>
    /// <param name="first">The time of one call that was already made. A slow call is not made again.</param>
    public static Timing RunBriefly(TimeProvider time, Timing first, Action call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var calls = (long)Math.Clamp(1e6 * BriefSeconds / Math.Max(first.CpuMicroseconds, 1e-3), 1, MaxBriefCalls);
        return calls == 1 ? first : Of(Batch(time, call, calls), calls);
    }

    /// <summary>Times a single call.</summary>
    public static Timing RunOnce(TimeProvider time, Action call) => Of(Batch(time, call, 1), 1);

    private static Timing Of((double Cpu, double Wall) batch, long calls) =>
        new(1e6 * batch.Cpu / calls, 1e6 * batch.Wall / calls, 1, 1, calls, false);

    private Timing Round(Action call, long calls, long started, CancellationToken cancellationToken)
    {
        var cpu = new RunningMean();
        var wall = new RunningMean();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (cpuSeconds, wallSeconds) = Batch(time, call, calls);
            cpu.Add(cpuSeconds / calls);
            wall.Add(wallSeconds / calls);
            var narrow = cpu.Count >= MinBatches && cpu.HalfWidth <= options.HalfWidth;
            if (narrow || (cpu.Count >= MinSlowBatches && Late(started)) || Late(started, VerySlowFactor))
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

    /// <summary>Warms up the call and returns the number of calls that fill a batch.</summary>
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
            var (cpu, _) = Batch(time, call, calls);
            var each = Math.Max(cpu, 1e-9) / calls;
            quietCpu += cpu;
            if (each < Improvement * best)
            {
                improved = time.GetTimestamp();
                quietCpu = 0;
            }

            best = Math.Min(best, each);
            var quiet =
                cpu > 0.5 * BatchSeconds
                && quietCpu > _quietShare * QuietCpuSeconds
                && time.GetElapsedTime(improved).TotalSeconds > _quietShare * QuietSeconds;
            if (quiet || time.GetElapsedTime(started).TotalSeconds > WarmUpFactor * options.MaxSeconds)
                return Math.Max(1, (long)(BatchSeconds / best));

            calls = Math.Clamp((long)(BatchSeconds / each), 1, 2 * calls);
        }
    }

    private bool Late(long started, double factor = 1) =>
        time.GetElapsedTime(started).TotalSeconds > factor * options.MaxSeconds;

    private static (double Cpu, double Wall) Batch(TimeProvider time, Action call, long calls)
    {
        var wall = time.GetTimestamp();
        var cpu = ThreadCpuClock.Seconds();
        for (long i = 0; i < calls; i++)
            call();

        return (ThreadCpuClock.Seconds() - cpu, time.GetElapsedTime(wall).TotalSeconds);
    }
}
