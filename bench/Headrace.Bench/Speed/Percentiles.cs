namespace Headrace.Bench.Speed;

/// <summary>Sorted values. A percentile is always a measured value (nearest rank).</summary>
internal sealed class Percentiles
{
    private readonly double[] _sorted;

    private Percentiles(double[] sorted) => _sorted = sorted;

    public static Percentiles Of(IEnumerable<double> values)
    {
        var sorted = values.ToArray();
        Array.Sort(sorted);
        return new Percentiles(sorted);
    }

    /// <summary>Returns the given percentile; returns 0 if there are no values.</summary>
    public double At(double part) =>
        _sorted.Length == 0 ? 0 : _sorted[Math.Max(0, (int)Math.Ceiling(part * _sorted.Length) - 1)];

    public double Median => At(0.5);

    public double Min => At(0);

    public double Max => At(1);
}
