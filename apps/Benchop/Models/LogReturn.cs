using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Models;

/// <summary>
/// The distribution of X = ln(S_T / F), where F is the forward price, given by its characteristic function, with E[e^X]
/// = 1. It depends on neither spot nor rate, so it is evaluated once for all points.
/// </summary>
internal abstract class LogReturn
{
    /// <summary>Null when the model has no characteristic function in closed form.</summary>
    public static LogReturn? Of(Model model, double maturity) =>
        model switch
        {
            BlackScholes m => new GaussianReturn(m.Volatility * m.Volatility * maturity),
            DividendBlackScholes m => new GaussianReturn(m.Volatility * m.Volatility * maturity),
            TwoAssetBlackScholes m => new GaussianReturn(m.RatioVariance * maturity),
            Merton m => new MertonReturn(m, maturity),
            Heston m => new HestonReturn(m, maturity),
            _ => null,
        };

    /// <summary>Returns E[exp(i (u - i * shift) X)], which equals E[e^{shift * X} e^{iuX}].</summary>
    public abstract ComplexLanes Characteristic(Vector256<double> u, double shift);

    /// <summary>Mean, variance and fourth cumulant of X, accurate enough for truncation ranges.</summary>
    public abstract Cumulants Cumulants();

    /// <summary>
    /// The most extreme returns below and above the mean that rare events produce with a significant probability; 0 if
    /// there are no such events.
    /// </summary>
    public virtual (double Low, double High) Outliers => (0, 0);

    /// <summary>
    /// Whether the tails decay so slowly that neither the cumulants nor <see cref="Outliers"/> bound them.
    /// </summary>
    public virtual bool HasHeavyTails => false;

    /// <summary>
    /// Returns a frequency beyond which the modulus of the characteristic function stays below e^-decay, at least
    /// approximately. Integrals may be truncated at that frequency.
    /// </summary>
    public abstract double Cutoff(double decay);

    /// <summary>An exponent s > 1 up to which E[e^{sX}] is certainly finite; infinity when all moments exist.</summary>
    public virtual double SafeMoment => double.PositiveInfinity;
}

/// <summary>Mean, variance and fourth cumulant of a log-return.</summary>
internal readonly record struct Cumulants(double Mean, double Variance, double Fourth)
{
    /// <summary>The standard deviation, widened for tails heavier than normal.</summary>
    public double Spread => Math.Sqrt(Variance + Math.Sqrt(Math.Abs(Fourth)));
}
