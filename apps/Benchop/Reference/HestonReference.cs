using System.Numerics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Computes calls in Heston's model in two ways: Lewis' integral with the characteristic function in its "little trap"
/// form, and Heston's two probabilities by the Gil-Pelaez formula with the hyperbolic form. The two computations differ
/// in the contour, the integrand and the formula of the characteristic function.
/// </summary>
internal static class HestonReference
{
    public static ReferenceAnswer Of(Problem problem, EuropeanCall call, Models.Heston model)
    {
        var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        var cut = new HestonReturn(model, call.Maturity).Cutoff(40);
        var count = problem.Points.Count;
        var first = new double[count];
        var second = new double[count];
        for (var i = 0; i < count; i++)
        {
            var spot = problem.Points.Spots[i];
            first[i] = LewisIntegral.Call(spot, strike, u => LittleTrap(u, call.Maturity, model), cut);
            second[i] = ByProbabilities(spot, strike, call.Maturity, model, cut);
        }

        return ReferenceAnswer.Of("Lewis' integral", first, "two Gil-Pelaez probabilities", second);
    }

    /// <summary>
    /// The exponent is divided by sigma^2. (beta - d)/sigma^2 is therefore written as -(u^2 + iu)/(beta + d), and both
    /// logarithms as those of numbers near 1, which keeps all digits as sigma tends to zero.
    /// </summary>
    private static Complex LittleTrap(Complex u, double time, Models.Heston m)
    {
        var i = Complex.ImaginaryOne;
        var s2 = m.VolOfVol * m.VolOfVol;
        var beta = m.Reversion - (m.Correlation * m.VolOfVol * i * u);
        var d = Complex.Sqrt((beta * beta) + (s2 * ((u * u) + (i * u))));
        var root = -((u * u) + (i * u)) / (beta + d);
        var g = s2 * root / (beta + d);
        var e = Complex.Exp(-d * time);
        var level = (root * time) - (2 * LogOnePlusOver(root / (beta + d) * (1 - e) / (1 - g), s2));
        return Complex.Exp(
            (m.Reversion * m.LongVariance * level) + (m.InitialVariance * root * (1 - e) / (1 - (g * e)))
        );
    }

    /// <summary>
    /// exp(kappa theta beta T/sigma^2 - ... ) over (cosh + (beta/d) sinh)^(2 kappa theta/sigma^2), with the growing
    /// exponential taken out of the logarithm. The remaining argument of the logarithm is 1 + (beta/d - 1)(1 -
    /// e^{-dT})/2.
    /// </summary>
    private static Complex Hyperbolic(Complex u, double time, Models.Heston m)
    {
        var i = Complex.ImaginaryOne;
        var s2 = m.VolOfVol * m.VolOfVol;
        var beta = m.Reversion - (m.Correlation * m.VolOfVol * i * u);
        var quadratic = (u * u) + (i * u);
        var d = Complex.Sqrt((beta * beta) + (s2 * quadratic));
        var e = Complex.Exp(-d * time);
        var root = -quadratic / (beta + d);
        var log = LogOnePlusOver(0.5 * root / d * (1 - e), s2);
        var slope = -quadratic * (1 - e) / ((d * (1 + e)) + (beta * (1 - e)));
        return Complex.Exp((m.Reversion * m.LongVariance * ((root * time) - (2 * log))) + (m.InitialVariance * slope));
    }

    /// <summary>Returns log(1 + a s)/s; at s = 0 the result is a.</summary>
    private static Complex LogOnePlusOver(Complex a, double s)
    {
        var x = a * s;
        if (Complex.Abs(x) > 0.02)
            return Complex.Log(1 + x) / s;

        // a (1 - x/2 + x^2/3 - ...): the first omitted term is below 1e-17 of the sum.
        var sum = Complex.Zero;
        for (var n = 10; n >= 1; n--)
            sum = (1.0 / n) - (x * sum);
        return a * sum;
    }

    private static double ByProbabilities(double spot, double strike, double time, Models.Heston model, double cut)
    {
        var k = Math.Log(strike / spot);
        var share = Probability(u => Hyperbolic(u - Complex.ImaginaryOne, time, model));
        var cash = Probability(u => Hyperbolic(u, time, model));
        return (spot * share) - (strike * cash);

        double Probability(Func<Complex, Complex> f) =>
            0.5
            + (
                Integral.Spread(u => (Complex.Exp(new Complex(0, -u * k)) * f(u) / new Complex(0, u)).Real, cut)
                / Math.PI
            );
    }
}
