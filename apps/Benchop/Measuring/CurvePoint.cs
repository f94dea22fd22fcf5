namespace Headrace.Apps.Benchop.Measuring;

/// <summary>The error and the time of one call with one work parameter.</summary>
internal sealed record CurvePoint(int Work, double Error, double CpuMicroseconds, double WallMicroseconds);
