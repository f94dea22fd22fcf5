namespace Headrace.Apps.Benchop.Models;

/// <summary>
/// Distances in standard deviations under local volatility. Over short times, the probability of a path from a to b is
/// about exp(-d^2/2), where d = integral of d ln F / (sigma sqrt T) (Varadhan). Sigma is taken to be the largest of its
/// values at three times, so that the grid is never too narrow.
/// </summary>
internal readonly struct SurfaceReach(LocalVolatility model, double spot, double maturity)
{
    /// <summary>
    /// The step, in standard deviations, at which the local volatility is evaluated. Half a standard deviation is fine
    /// enough, because the reach is a rule of thumb that is accurate to a few percent.
    /// </summary>
    private const double Stride = 0.5;

    private readonly double _today = Math.Exp(-model.Rate * maturity);

    private readonly double _halfway = Math.Exp(-0.5 * model.Rate * maturity);

    /// <summary>
    /// The standard deviation of ln F over the whole period if the volatility were constant at its value for this
    /// forward price.
    /// </summary>
    public double Deviation(double forward)
    {
        var max = Math.Max(
            model.Variance(spot, forward * _today, 0),
            Math.Max(model.Variance(spot, forward * _halfway, 0.5 * maturity), model.Variance(spot, forward, maturity))
        );
        return Math.Sqrt(max * maturity);
    }

    /// <summary>
    /// Returns the forward price that lies the given number of standard deviations above another forward price, or
    /// below it if the number is negative.
    /// </summary>
    public double Travel(double forward, double deviations)
    {
        var left = Math.Abs(deviations);
        while (left > 0)
        {
            var stride = Math.Min(Stride, left);
            forward *= Math.Exp(Math.Sign(deviations) * stride * Deviation(forward));
            left -= stride;
        }

        return forward;
    }
}
