using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Models;

/// <summary>The log-return in Merton's model: a normal return plus a compound Poisson sum of normal jumps.</summary>
internal sealed class MertonReturn(Merton model, double maturity) : LogReturn
{
    /// <summary>
    /// The largest number of jumps that is treated individually. The sum of more jumps is well described by the
    /// cumulants.
    /// </summary>
    private const int MaxJumps = 40;

    public override ComplexLanes Characteristic(Vector256<double> u, double shift)
    {
        var intensity = model.Intensity * maturity;
        var jumpVariance = model.JumpDeviation * model.JumpDeviation;

        // A jump Y has E[e^{izY}] = exp(i z gamma - z^2 delta^2/2), z = u - i * shift.
        var half = Vector256.Create(-0.5 * jumpVariance);
        var jump = new ComplexLanes(
            Vector256.FusedMultiplyAdd(
                half,
                u * u,
                Vector256.Create((model.JumpMean * shift) + (0.5 * jumpVariance * shift * shift))
            ),
            u * Vector256.Create(model.JumpMean + (jumpVariance * shift))
        );
        var arrivals = ComplexLanes.Exp(jump) - ComplexLanes.One;

        // The drift -lambda xi T ensures that E[e^X] = 1.
        var drift = -intensity * model.MeanJump;
        var compensator = new ComplexLanes(Vector256.Create(shift * drift), u * Vector256.Create(drift));
        var diffusion = GaussianReturn.Exponent(u, shift, model.Volatility * model.Volatility * maturity);
        return ComplexLanes.Exp(diffusion + compensator + (arrivals * Vector256.Create(intensity)));
    }

    public override Cumulants Cumulants()
    {
        var intensity = model.Intensity * maturity;
        var variance = model.Volatility * model.Volatility * maturity;
        var m2 = model.JumpMean * model.JumpMean;
        var d2 = model.JumpDeviation * model.JumpDeviation;
        return new(
            (-0.5 * variance) + (intensity * (model.JumpMean - model.MeanJump)),
            variance + (intensity * (m2 + d2)),
            intensity * ((m2 * m2) + (6 * m2 * d2) + (3 * d2 * d2))
        );
    }

    /// <summary>
    /// Given n jumps, the return is normally distributed. Each of these conditional distributions is considered out to
    /// the point where its density times the probability of n jumps falls to 1e-7. For the upper tail, the asset is the
    /// numeraire.
    /// </summary>
    public override (double Low, double High) Outliers
    {
        get
        {
            const double Weight = 1e-7;
            var intensity = model.Intensity * maturity;
            var tilted = intensity * (1 + model.MeanJump);
            var variance = model.Volatility * model.Volatility * maturity;
            var jumpVariance = model.JumpDeviation * model.JumpDeviation;
            var drift = (-0.5 * variance) - (intensity * model.MeanJump);
            (double low, double high) = (0, 0);
            var below = -intensity;
            var above = -tilted;
            for (
                var n = 1;
                n <= MaxJumps
                    && (below > Math.Log(Weight) || above > Math.Log(Weight) || n < Math.Max(intensity, tilted));
                n++
            )
            {
                below += Math.Log(intensity / n);
                above += Math.Log(tilted / n);
                var deviation = Math.Sqrt(variance + (n * jumpVariance));
                low = Math.Min(low, drift + (n * model.JumpMean) - (Reach(below) * deviation));
                high = Math.Max(
                    high,
                    drift + variance + (n * (model.JumpMean + jumpVariance)) + (Reach(above) * deviation)
                );
            }

            return (low, high);

            // Returns the number of standard deviations at which a normal density, relative to its peak and multiplied
            // by the probability with the given logarithm, has fallen to Weight; zero if the probability is below
            // Weight.
            double Reach(double logarithm) => Math.Sqrt(2 * Math.Max(0, logarithm - Math.Log(Weight)));
        }
    }

    /// <summary>
    /// The cut-off of the diffusion alone. Jumps only reduce the modulus of the characteristic function further.
    /// </summary>
    public override double Cutoff(double decay) => Math.Sqrt(2 * decay / maturity) / model.Volatility;

    /// <summary>
    /// All moments exist, but rare large jumps dominate the higher ones. Up to this exponent, the expected number of
    /// jumps under the tilted distribution is at most twice the number expected with the asset as numeraire, plus five.
    /// </summary>
    public override double SafeMoment
    {
        get
        {
            var intensity = model.Intensity * maturity;
            var logBound = Math.Log((5 / intensity) + (2 * (1 + model.MeanJump)));
            var d2 = model.JumpDeviation * model.JumpDeviation;
            var root = Math.Sqrt((model.JumpMean * model.JumpMean) + (2 * d2 * Math.Max(0, logBound)));
            return intensity == 0 || model.JumpMean + root <= 0
                ? double.PositiveInfinity
                : Math.Max(1.1, 2 * logBound / (model.JumpMean + root));
        }
    }
}
