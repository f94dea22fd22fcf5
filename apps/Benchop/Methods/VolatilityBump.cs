namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// Computes Vega as a central difference of two prices. The error of the difference is proportional to the square of
/// the bump. However, the bump must not be too small, because rounding errors in the prices (1e-13 to 1e-12) are
/// divided by it.
/// </summary>
internal readonly struct VolatilityBump(double volatility)
{
    private const double RelativeBump = 1e-4;

    public double Down => volatility * (1 - RelativeBump);

    public double Up => volatility * (1 + RelativeBump);

    /// <summary>Replaces the prices at <see cref="Up"/> with Vega, given the prices at <see cref="Down"/>.</summary>
    public void Differentiate(ReadOnlySpan<double> down, Span<double> up)
    {
        for (var i = 0; i < up.Length; i++)
            up[i] = (up[i] - down[i]) / (2 * RelativeBump * volatility);
    }
}
