namespace Headrace.Server.Compat;

/// <summary>The members of the result of a pricing method that the tables of seed system 004 need.</summary>
internal sealed record Seed004Answer(Seed004AnswerCell Cell)
{
    public double? Seconds => Cell.Timing?.WallMicroseconds / 1e6;

    public double? CpuSeconds => Cell.Timing?.CpuMicroseconds / 1e6;
}

/// <param name="Values">The values of all points; empty if the method has none.</param>
/// <param name="Error">The largest relative error over all points; null if it is unknown.</param>
/// <param name="Reason">The reason why there are no values, no error, or a large one; otherwise null.</param>
internal sealed record Seed004AnswerCell(
    IReadOnlyList<double> Values,
    double? Error,
    Seed004Timing? Timing,
    string? Reason
);

internal sealed record Seed004Timing(double CpuMicroseconds, double WallMicroseconds);
