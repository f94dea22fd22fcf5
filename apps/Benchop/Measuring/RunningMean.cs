namespace Headrace.Apps.Benchop.Measuring;

/// <summary>Running mean and variance of samples (Welford's algorithm), with Student's confidence interval.</summary>
internal sealed class RunningMean
{
    private double _squares;

    public int Count { get; private set; }

    public double Mean { get; private set; }

    /// <summary>
    /// Half-width of the 95 % confidence interval as a fraction of the mean; 1 if there are fewer than two samples or
    /// if the mean is not positive.
    /// </summary>
    public double HalfWidth =>
        Count < 2 || Mean <= 0 ? 1 : StudentT.Quantile975(Count - 1) * Math.Sqrt(_squares / (Count - 1) / Count) / Mean;

    public void Add(double sample)
    {
        Count++;
        var deviation = sample - Mean;
        Mean += deviation / Count;
        _squares += deviation * (sample - Mean);
    }
}
