namespace Headrace.Apps.Benchop.Measuring;

/// <summary>The cost of one call: mean CPU time over batches of calls, with its confidence interval.</summary>
/// <param name="CpuMicroseconds">CPU time of one call. A call prices all evaluation points.</param>
/// <param name="WallMicroseconds">Wall time of one call; longer than the CPU time on a shared machine.</param>
/// <param name="HalfWidth">Half-width of the 95 % confidence interval, as a fraction of the CPU time.</param>
/// <param name="Steady">False if time ran out before the interval was as narrow as requested.</param>
internal sealed record Timing(
    double CpuMicroseconds,
    double WallMicroseconds,
    double HalfWidth,
    int Batches,
    long Calls,
    bool Steady
)
{
    public TimingProtocol Protocol { get; init; }

    /// <summary>
    /// The fraction of the wall time during which the thread did not run, because other programs used the processor.
    /// </summary>
    public double WaitShare => WallMicroseconds > 0 ? Math.Clamp(1 - (CpuMicroseconds / WallMicroseconds), 0, 1) : 0;
}
