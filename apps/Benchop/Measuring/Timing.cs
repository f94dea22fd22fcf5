namespace Headrace.Apps.Benchop.Measuring;

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
