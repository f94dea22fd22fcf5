using MathNet.Numerics.Distributions;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>Mean and spread of samples as they come (Welford), with Student's interval.</summary>
internal sealed class RunningMean
{
    private double _squares;

    public int Count { get; private set; }

    public double Mean { get; private set; }

    /// <summary>Half of the 95 % interval over the mean; 1 while there are too few samples to say.</summary>
    public double HalfWidth =>
        Count < 2 || Mean <= 0
            ? 1
            : StudentT.InvCDF(0, 1, Count - 1, 0.975) * Math.Sqrt(_squares / (Count - 1) / Count) / Mean;

    public void Add(double sample)
    {
        Count++;
        var off = sample - Mean;
        Mean += off / Count;
        _squares += off * (sample - Mean);
    }
}
