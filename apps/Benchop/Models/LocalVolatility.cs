namespace Headrace.Apps.Benchop.Models;

/// <summary>dS = r S dt + sigma(S, t) S dW, with t in calendar years from today.</summary>
internal abstract record LocalVolatility(double Rate) : Model(Rate)
{
    /// <summary>
    /// Whether the surface depends on today's spot, so that every evaluation point requires a separate solve.
    /// </summary>
    public abstract bool DependsOnSpot { get; }

    /// <summary>
    /// Returns sigma(s, t)^2 on the surface for which <paramref name="spot"/> is today's spot. A surface that does not
    /// depend on today's spot ignores this argument.
    /// </summary>
    public abstract double Variance(double spot, double s, double t);
}

/// <summary>
/// The smooth surface of problem 3, set I: sigma * (1 + (1/2 + 2t) (m - 1.2)^2 / (m^2 + 1.44)) with m = s / Level. Its
/// minimum, sigma, lies at m = 1.2; the volatility tends to sigma * (3/2 + 2t) as m grows and has the same value at m =
/// 0.
/// </summary>
internal sealed record SmoothLocalVolatility(double Rate, double Volatility, double Level) : LocalVolatility(Rate)
{
    public override bool DependsOnSpot => false;

    public override double Variance(double spot, double s, double t)
    {
        var m = s / Level;
        var sigma = Volatility * (1 + ((0.5 + (2 * t)) * (m - 1.2) * (m - 1.2) / ((m * m) + 1.44)));
        return sigma * sigma;
    }
}

/// <summary>
/// The surface of problem 3, set II: the local variance that Dupire's formula yields for <see cref="ImpliedVariance"/>.
/// European calls of any strike are therefore worth exactly the Black-Scholes price at the implied variance.
/// </summary>
internal sealed record ImpliedLocalVolatility(double Rate) : LocalVolatility(Rate)
{
    public override bool DependsOnSpot => true;

    public override double Variance(double spot, double s, double t) =>
        ImpliedVariance.Local(t, Math.Log(s / spot) - (Rate * t));
}
