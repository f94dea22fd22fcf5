using Headrace.Apps.Benchop.Measuring;

namespace Headrace.Apps.Benchop.Octave;

/// <summary>The result of a job that called an Octave function: see <c>sdk/octave/headrace_benchop.m</c>.</summary>
/// <param name="Values">
/// The prices. The Octave process has checked that none is missing and that all are finite.
/// </param>
/// <param name="Printed">The beginning of what the function printed; empty if it printed nothing.</param>
/// <param name="Calls">The number of calls in a batch.</param>
/// <param name="Cpu">The CPU seconds of one call, for each batch; empty if no time was measured.</param>
/// <param name="Wall">The wall seconds of one call, for each batch.</param>
internal sealed record OctaveAnswer(
    IReadOnlyList<double> Values,
    string Printed,
    long Calls,
    IReadOnlyList<double> Cpu,
    IReadOnlyList<double> Wall,
    OctaveMachine Machine
)
{
    /// <summary>Returns the time of a call with its confidence interval; null if no time was measured.</summary>
    /// <param name="halfWidth">The width up to which the interval is considered narrow.</param>
    public Timing? TimingOf(TimingProtocol protocol, double halfWidth)
    {
        if (Cpu.Count == 0)
            return null;

        var (cpu, wall) = (new RunningMean(), new RunningMean());
        foreach (var (cpuSeconds, wallSeconds) in Cpu.Zip(Wall))
        {
            cpu.Add(cpuSeconds);
            wall.Add(wallSeconds);
        }

        return new Timing(
            1e6 * cpu.Mean,
            1e6 * wall.Mean,
            cpu.HalfWidth,
            cpu.Count,
            cpu.Count * Calls,
            cpu.HalfWidth <= halfWidth
        )
        {
            Protocol = protocol,
        };
    }
}

/// <summary>The machine on which the Octave process ran.</summary>
internal sealed record OctaveMachine(string Processor, int Cores, string System, string Runtime, double LoadAverage);
