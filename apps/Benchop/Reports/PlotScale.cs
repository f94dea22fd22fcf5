namespace Headrace.Apps.Benchop.Reports;

/// <summary>A logarithmic axis: maps values to pixels, and lists the powers of ten on it.</summary>
internal sealed class PlotScale
{
    private readonly int _low;
    private readonly int _high;
    private readonly double _from;
    private readonly double _to;

    /// <param name="values">The values to show, all positive. The axis ends at powers of ten.</param>
    /// <param name="from">The pixel of the smallest value.</param>
    /// <param name="to">The pixel of the largest value.</param>
    public PlotScale(IReadOnlyList<double> values, double from, double to)
    {
        (_from, _to) = (from, to);
        _low = (int)Math.Floor(Math.Log10(values.Min()));
        _high = Math.Max(_low + 1, (int)Math.Ceiling(Math.Log10(values.Max())));
    }

    public double At(double value) => _from + ((Math.Log10(value) - _low) / (_high - _low) * (_to - _from));

    /// <summary>Returns the exponents of the powers of ten to show, at most about eight of them.</summary>
    public IEnumerable<int> Decades()
    {
        var step = Math.Max(1, (_high - _low + 7) / 8);
        for (var decade = _low; decade <= _high; decade += step)
            yield return decade;
    }
}
