namespace Headrace.Apps.Benchop.Models;

/// <summary>
/// The dynamics under the pricing measure, with one record for each model in the benchmark. Rates and volatilities are
/// per year.
/// </summary>
internal abstract record Model(double Rate);

/// <summary>dS = r S dt + sigma S dW.</summary>
internal sealed record BlackScholes(double Rate, double Volatility) : Model(Rate);

/// <summary>
/// Black-Scholes with one dividend: the spot drops from S to (1 - Dividend) S at the time Fraction * maturity.
/// </summary>
internal sealed record DividendBlackScholes(double Rate, double Volatility, double Dividend, double Fraction)
    : Model(Rate);

/// <summary>dS = r S dt + sqrt(v) S dW1, dv = kappa * (theta - v) dt + sigma sqrt(v) dW2, d[W1,W2] = rho dt.</summary>
/// <param name="VolOfVol">sigma, the volatility of the variance.</param>
internal sealed record Heston(
    double Rate,
    double InitialVariance,
    double Reversion,
    double LongVariance,
    double VolOfVol,
    double Correlation
) : Model(Rate)
{
    /// <summary>Whether the variance never reaches zero. All formulas remain valid if it can reach zero.</summary>
    public bool FellerHolds => 2 * Reversion * LongVariance >= VolOfVol * VolOfVol;
}

/// <summary>Black-Scholes with compound Poisson jumps of the log-price, each normally distributed.</summary>
/// <param name="Intensity">lambda, jumps per year.</param>
/// <param name="JumpMean">gamma, the mean of a log-jump.</param>
/// <param name="JumpDeviation">delta, the standard deviation of a log-jump (not its variance).</param>
internal sealed record Merton(double Rate, double Volatility, double Intensity, double JumpMean, double JumpDeviation)
    : Model(Rate)
{
    /// <summary>xi = E[e^Y] - 1, the mean relative jump of the price.</summary>
    public double MeanJump => Math.Exp(JumpMean + (0.5 * JumpDeviation * JumpDeviation)) - 1;
}

/// <summary>Two Black-Scholes assets whose Brownian motions have the given correlation.</summary>
internal sealed record TwoAssetBlackScholes(double Rate, double Volatility1, double Volatility2, double Correlation)
    : Model(Rate)
{
    /// <summary>Variance per year of ln(S1/S2).</summary>
    public double RatioVariance =>
        Math.Max(
            0,
            (Volatility1 * Volatility1) + (Volatility2 * Volatility2) - (2 * Correlation * Volatility1 * Volatility2)
        );
}
