namespace Headrace.Apps.Benchop.Methods.Binomial;

/// <summary>
/// A recombining binomial lattice of forward prices F(i, j) = F0 e^{(2j - i) h} / cosh(h)^i with h = sigma sqrt(dt).
/// Each move has probability one half, so the lattice is an exact martingale and its probabilities are valid at any
/// rate and volatility.
/// </summary>
internal readonly struct Lattice(double forward, double volatility, double maturity, int steps)
{
    private readonly double _sink = -Math.Log(Math.Cosh(volatility * Math.Sqrt(maturity / steps)));

    public int Steps { get; } = steps;

    /// <summary>Half the spacing, in ln F, between neighbouring nodes of one level.</summary>
    public double Half { get; } = volatility * Math.Sqrt(maturity / steps);

    public double Price(int level, int node) => forward * Math.Exp((level * _sink) + (((2 * node) - level) * Half));
}
