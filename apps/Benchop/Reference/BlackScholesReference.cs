using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Computes European calls in two ways: the expectation of the payoff integrated over the density, with Greeks from the
/// weights that follow from differentiating the density (Broadie and Glasserman 1996); and the closed form. The
/// integral is the primary reference because the closed form is itself one of the methods and could not reveal an error
/// in its own formula.
/// </summary>
internal static class BlackScholesReference
{
    public static ReferenceAnswer European(Problem problem, EuropeanCall call, BlackScholes model) =>
        Of(problem, call.Strike * Math.Exp(-model.Rate * call.Maturity), model.Volatility, call.Maturity, 1);

    public static ReferenceAnswer AfterDividend(Problem problem, EuropeanCall call, DividendBlackScholes model) =>
        Of(
            problem,
            call.Strike * Math.Exp(-model.Rate * call.Maturity),
            model.Volatility,
            call.Maturity,
            1 - model.Dividend
        );

    private static ReferenceAnswer Of(Problem problem, double strike, double sigma, double maturity, double kept)
    {
        var count = problem.Points.Count;
        var v = sigma * Math.Sqrt(maturity);
        var first = new double[count];
        var second = new double[count];
        for (var i = 0; i < count; i++)
        {
            var asset = kept * problem.Points.Spots[i];
            first[i] = Integrated(problem.Quantity, asset, strike, v, maturity);
            second[i] = Closed(problem.Quantity, asset, strike, v, maturity);
        }

        return ReferenceAnswer.Of("integral of the payoff over the density", first, "closed form", second);
    }

    private static double Closed(Quantity quantity, double asset, double strike, double v, double maturity)
    {
        var a = Vector256.Create(asset);
        var k = Vector256.Create(strike);
        var d = Vector256.Create(v);
        return quantity switch
        {
            Quantity.Price => Black.Call(asset, strike, v),
            Quantity.Delta => Black.Delta(a, k, d).ToScalar(),
            Quantity.Gamma => Black.Gamma(a, k, d).ToScalar(),
            _ => Black.Vega(a, k, d).ToScalar() * Math.Sqrt(maturity),
        };
    }

    private static double Integrated(Quantity quantity, double asset, double strike, double v, double maturity)
    {
        var from = (Math.Log(strike / asset) / v) + (0.5 * v);
        var to = Math.Max(from, v) + 14;
        return Integral.Expectation(
            z => Weight(z) * ((asset * Math.Exp((v * z) - (0.5 * v * v))) - strike),
            Math.Max(from, -14),
            to
        );

        double Weight(double z) =>
            quantity switch
            {
                Quantity.Price => 1,
                Quantity.Delta => z / (asset * v),
                Quantity.Gamma => ((z * z) - (v * z) - 1) / (asset * asset * v * v),
                _ => (((z * z) - 1) / v * Math.Sqrt(maturity)) - (z * Math.Sqrt(maturity)),
            };
    }
}
