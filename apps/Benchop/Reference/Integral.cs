using Headrace.Apps.Benchop.Numerics;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Computes integrals of smooth functions to rounding accuracy, with a 24-point Gauss rule on equal panels. The
/// implementation is deliberately simple and slow.
/// </summary>
internal static class Integral
{
    public static double Of(Func<double, double> f, double low, double high, int panels)
    {
        var rule = GaussLegendre.Of(24);
        var half = 0.5 * (high - low) / panels;
        double sum = 0;
        double lost = 0;
        for (var p = 0; p < panels; p++)
        {
            Cancellation.CheckAt(p);
            var middle = low + (((2 * p) + 1) * half);
            for (var j = 0; j < rule.Nodes.Length; j++)
            {
                // Compensated summation. Without it, adding thousands of terms would cost two digits of accuracy.
                var term = (rule.Weights[j] * f(middle + (half * rule.Nodes[j]))) - lost;
                var next = sum + term;
                lost = next - sum - term;
                sum = next;
            }
        }

        return half * sum;
    }

    /// <summary>
    /// Integrates a Fourier integrand from 0 to <paramref name="cut"/>. The substitution u = sinh(y)/4 makes the panels
    /// narrow near u = 0, where poles and exploding moments may lie at a distance of less than one from the axis, and
    /// wide where the integrand only oscillates and decays.
    /// </summary>
    public static double Spread(Func<double, double> f, double cut) =>
        Of(y => 0.25 * Math.Cosh(y) * f(0.25 * Math.Sinh(y)), 0, Math.Asinh(4 * cut), 160);

    /// <summary>Integrates the standard normal density times f from low to high.</summary>
    public static double Expectation(Func<double, double> f, double low, double high) =>
        high <= low ? 0 : Of(z => Math.Exp(-0.5 * z * z) * f(z), low, high, 60) / Math.Sqrt(2 * Math.PI);

    /// <summary>
    /// int_low^high of the standard normal density times f, where f bends at <paramref name="kink"/> within about
    /// <paramref name="width"/>, however small this width is. The substitution z = kink +- width sinh(y) gives each
    /// scale the same number of nodes.
    /// </summary>
    public static double Expectation(Func<double, double> f, double low, double high, double kink, double width)
    {
        var middle = Math.Clamp(kink, low, high);
        return (Side(low - middle, 0) + Side(0, high - middle)) / Math.Sqrt(2 * Math.PI);

        double Side(double from, double to) =>
            to <= from
                ? 0
                : Of(
                    y =>
                    {
                        var z = middle + (width * Math.Sinh(y));
                        return width * Math.Cosh(y) * Math.Exp(-0.5 * z * z) * f(z);
                    },
                    Math.Asinh(from / width),
                    Math.Asinh(to / width),
                    120
                );
    }
}
