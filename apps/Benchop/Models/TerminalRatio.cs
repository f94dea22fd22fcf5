using System.Globalization;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Models;

/// <summary>
/// Samples the random factor g by which the ratio of a call's strike to its asset changes until maturity, without
/// discretisation error. In units of the asset, the payoff of the call is max(1 - (B / A) g, 0). A is the price of the
/// asset today, and B is the discounted strike (or the price of the second asset). The factor g is positive and has
/// mean 1. In these units (H. Geman, N. El Karoui and J.-C. Rochet 1995, J. Applied Probability 32, 443-458), the
/// payoff is bounded, so rare samples cannot dominate its mean.
/// </summary>
internal abstract class TerminalRatio
{
    public abstract int Dimensions { get; }

    /// <summary>
    /// Computes samples of g from uniform coordinates, and stores them in place of the first coordinate.
    /// </summary>
    /// <param name="coordinates">The coordinates of all points; the values of the first coordinate come first.</param>
    public abstract void Sample(Span<double> coordinates, int length);

    /// <summary>
    /// Returns null and a reason if the model has no terminal distribution that can be sampled directly, or if the
    /// parameter values are too extreme.
    /// </summary>
    public static (TerminalRatio? Ratio, string? Reason) Of(Model model, double maturity) =>
        model switch
        {
            TwoAssetBlackScholes m => (new TwoLognormal(m, maturity), null),
            Merton m => Jumps.Create(m, maturity),
            _ => (null, "The terminal distribution of this model cannot be sampled directly."),
        };

    /// <summary>The ratio of two lognormal assets, each of which has a separate coordinate.</summary>
    private sealed class TwoLognormal : TerminalRatio
    {
        private readonly double _shift;
        private readonly double _first;
        private readonly double _second;

        public TwoLognormal(TwoAssetBlackScholes model, double maturity)
        {
            var root = Math.Sqrt(maturity);
            _shift = -0.5 * model.RatioVariance * maturity;
            _first = ((model.Correlation * model.Volatility2) - model.Volatility1) * root;
            _second = Math.Sqrt(1 - (model.Correlation * model.Correlation)) * model.Volatility2 * root;
        }

        public override int Dimensions => 2;

        public override void Sample(Span<double> coordinates, int length)
        {
            NormalQuantile.Apply(coordinates);
            var (first, second) = (Vector256.Create(_first), Vector256.Create(_second));
            for (var i = 0; i < length; i += Lanes.Count)
            {
                var z = Vector256.Create(coordinates.Slice(i, Lanes.Count));
                var y = Vector256.Create(coordinates.Slice(length + i, Lanes.Count));
                var power = (first * z) + (second * y) + Vector256.Create(_shift);
                Vector256.Exp(power).CopyTo(coordinates[i..]);
            }
        }
    }

    /// <summary>
    /// Merton's model in units of the asset. Jumps arrive with intensity lambda (1 + xi), and the mean of a log-jump is
    /// gamma + delta^2. Given the number of jumps, ln g is normal. The first coordinate determines the normal number,
    /// and the second one determines the number of jumps.
    /// </summary>
    private sealed class Jumps : TerminalRatio
    {
        // With this mean, the table of the Poisson distribution has fewer than 1300 entries.
        private const double MaxMean = 1000;

        private readonly double[] _cumulative;
        private readonly double[] _shifts;
        private readonly double[] _deviations;

        private Jumps(Merton model, double maturity, double mean)
        {
            var count = (int)(mean + (8 * Math.Sqrt(mean)) + 20);
            _cumulative = new double[count];
            _shifts = new double[count];
            _deviations = new double[count];
            var variance = model.Volatility * model.Volatility * maturity;
            var jumpVariance = model.JumpDeviation * model.JumpDeviation;
            double sum = 0;
            for (var n = 0; n < count; n++)
            {
                sum += Math.Exp((n * Math.Log(Math.Max(mean, double.Epsilon))) - mean - LogFactorial(n));
                _cumulative[n] = sum;
                _shifts[n] =
                    (model.Intensity * model.MeanJump * maturity)
                    - (0.5 * variance)
                    - (n * (model.JumpMean + jumpVariance));
                _deviations[n] = -Math.Sqrt(variance + (n * jumpVariance));
            }
        }

        public override int Dimensions => 2;

        public static (TerminalRatio?, string?) Create(Merton model, double maturity)
        {
            var mean = model.Intensity * (1 + model.MeanJump) * maturity;
            return mean <= MaxMean
                ? (new Jumps(model, maturity, mean), null)
                : (
                    null,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"With the asset as numeraire, {mean:G3} jumps are expected until maturity. This method "
                            + $"samples at most {MaxMean}. Reduce lambda, gamma or delta."
                    )
                );
        }

        public override void Sample(Span<double> coordinates, int length)
        {
            NormalQuantile.Apply(coordinates[..length]);
            for (var i = 0; i < length; i++)
            {
                var n = 0;
                while (n < _cumulative.Length - 1 && coordinates[length + i] > _cumulative[n])
                    n++;

                coordinates[i] = (_deviations[n] * coordinates[i]) + _shifts[n];
            }

            for (var i = 0; i < length; i += Lanes.Count)
                Vector256.Exp(Vector256.Create(coordinates.Slice(i, Lanes.Count))).CopyTo(coordinates[i..]);
        }

        private static double LogFactorial(int n)
        {
            double sum = 0;
            for (var i = 2; i <= n; i++)
                sum += Math.Log(i);

            return sum;
        }
    }
}
