namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// Measures a call as the benchmark's published codes do: four calls with the same arguments, of which the first is
/// dropped; the time is the mean of the other three. There is no warm-up, so a call that has not been optimised yet is
/// measured as it is, and the measured time of a call shorter than a microsecond is dominated by the resolution of the
/// clocks.
/// </summary>
internal sealed class PaperTimer(TimeProvider time, MeasureOptions options)
{
    public const int Runs = 4;

    public Timing Run(Action call, CancellationToken cancellationToken)
    {
        var cpu = new RunningMean();
        var wall = new RunningMean();
        for (var run = 0; run < Runs; run++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = time.GetTimestamp();
            var cpuStarted = ThreadCpuClock.Seconds();
            call();
            var cpuSeconds = ThreadCpuClock.Seconds() - cpuStarted;
            var wallSeconds = time.GetElapsedTime(started).TotalSeconds;
            if (run == 0)
                continue;
            cpu.Add(cpuSeconds);
            wall.Add(wallSeconds);
        }

        return new Timing(
            1e6 * cpu.Mean,
            1e6 * wall.Mean,
            cpu.HalfWidth,
            cpu.Count,
            cpu.Count,
            cpu.HalfWidth <= options.HalfWidth
        )
        {
            Protocol = TimingProtocol.Paper,
        };
    }
}
