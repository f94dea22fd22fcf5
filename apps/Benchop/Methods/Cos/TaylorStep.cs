using Headrace.Apps.Benchop.Models;

namespace Headrace.Apps.Benchop.Methods.Cos;

/// <summary>
/// The increment Drift + sqrt(Variance) Z + Curvature Z^2 of the log-price over one step, with Z standard normal: the
/// weak second-order Taylor scheme (Kloeden, Platen 1992, section 14.2) for dX = mu dt + sigma dW, mu = r - sigma^2/2.
/// </summary>
internal readonly record struct TaylorStep(double Drift, double Variance, double Curvature)
{
    /// <param name="x">ln(s/strike).</param>
    public static TaylorStep At(LocalVolatility model, double strike, double x, double t, double step)
    {
        // Step of the central differences of sigma. Their error, of order h^2 = 1e-6, is far below the error of the
        // scheme.
        const double h = 1e-3;
        var middle = Sigma(x, t);
        var right = Sigma(x + h, t);
        var left = Sigma(x - h, t);
        var slope = (right - left) / (2 * h);
        var bend = (right - (2 * middle) + left) / (h * h);
        var change = (Sigma(x, t + h) - Sigma(x, Math.Max(0, t - h))) / (h + Math.Min(h, t));
        var mu = model.Rate - (0.5 * middle * middle);
        var muSlope = -middle * slope;
        var muBend = -(slope * slope) - (middle * bend);
        var muChange = -middle * change;
        var half = 0.5 * middle * middle;
        var drift = mu - (0.5 * middle * slope) + (0.5 * step * (muChange + (mu * muSlope) + (half * muBend)));
        var diffusion = middle + (0.5 * step * ((muSlope * middle) + change + (mu * slope) + (half * bend)));
        return new(drift * step, diffusion * diffusion * step, 0.5 * middle * slope * step);

        double Sigma(double at, double time) => Math.Sqrt(model.Variance(strike, strike * Math.Exp(at), time));
    }
}
