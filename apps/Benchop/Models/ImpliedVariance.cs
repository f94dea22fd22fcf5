namespace Headrace.Apps.Benchop.Models;

/// <summary>
/// The implied variance per year that defines the surface of problem 3, set II, as a function of maturity T and forward
/// log-moneyness x = ln(s / (S0 e^{rT})): w = a + b (x - m) + c sqrt((x - m)^2 + q^2), a hyperbola in x whose wings
/// flatten with sqrt(T).
/// </summary>
internal static class ImpliedVariance
{
    /// <summary>
    /// At this maturity, the slope of the right wing, 0.06 (1 - 0.87 sqrt T), changes sign. For longer maturities, the
    /// surface does not have the properties that its authors intended.
    /// </summary>
    public const double MaxMaturity = 1 / (0.87 * 0.87);

    public static double At(double maturity, double moneyness) => Slice.Of(maturity).Value(moneyness);

    /// <summary>
    /// Dupire's local variance. The product T w_T is computed directly: w_T alone grows like 1/sqrt(T) as T tends to
    /// zero, but the product tends to zero. The formula therefore also gives the correct limit at T = 0.
    /// </summary>
    public static double Local(double maturity, double x)
    {
        var slice = Slice.Of(maturity);
        var root = Math.Sqrt(maturity);
        var rootShifted = Math.Sqrt(maturity + 0.04);
        var y = x - slice.M;
        var radius = Math.Sqrt((y * y) + (slice.Q * slice.Q));
        var w = slice.A + (slice.B * y) + (slice.C * radius);
        var wx = slice.B + (slice.C * y / radius);
        var wxx = slice.C * slice.Q * slice.Q / (radius * radius * radius);

        // T times the T-derivatives of a, b, c, m, q.
        var ta = 0.03 * maturity / (2 * rootShifted);
        var tRight = -0.06 * 0.87 * root / 2;
        var tLeft = -0.31 * 0.7 * root / 2;
        var tb = (tRight - tLeft) / 2;
        var tc = (tRight + tLeft) / 2;
        var tm = 0.01 * maturity;
        var tq = 0.15 * 0.6 * maturity / (2 * rootShifted);
        var twt = ta + (tb * y) - (slice.B * tm) + (tc * radius) + (slice.C * ((slice.Q * tq) - (y * tm)) / radius);

        var half = wx / (2 * w);
        var lift = (0.5 * w * maturity) + 1;
        var density =
            ((1 - (x * half)) * (1 - (x * half))) - (half * half * ((lift * lift) - 1)) + (0.5 * maturity * wxx);
        return (w + twt) / density;
    }

    private readonly record struct Slice(double A, double B, double C, double M, double Q)
    {
        public static Slice Of(double maturity)
        {
            var root = Math.Sqrt(maturity);
            var rootShifted = Math.Sqrt(maturity + 0.04);
            var right = 0.06 * (1 - (0.87 * root));
            var left = 0.31 * (1 - (0.7 * root));
            return new(
                0.01 + (0.03 * rootShifted),
                (right - left) / 2,
                (right + left) / 2,
                0.03 + (0.01 * maturity),
                0.15 * (0.4 + (0.6 * rootShifted))
            );
        }

        public double Value(double x) => A + (B * (x - M)) + (C * Math.Sqrt(((x - M) * (x - M)) + (Q * Q)));
    }
}
