using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Computes European calls under local volatility by solving the backward equation in two ways: in the logarithm of the
/// spot with Crank-Nicolson, and on a grid refined at the strike with TR-BDF2. Both solutions are extrapolated over
/// five grids. The step in time and the spacing are halved together, so the errors are sums of the second, third and
/// higher powers of the step (the odd ones come from the time schemes), and each extrapolation removes one power. For a
/// surface of implied variances, the closed form replaces the first of these computations.
/// </summary>
internal static class LocalVolatilityReference
{
    // Half-width of the grid in standard deviations, at the volatility of the strike. It is also sufficient for the
    // wings, where the volatility is up to three times as high.
    private const double Reach = 14;

    private const int Levels = 5;

    public static ReferenceAnswer Of(Problem problem, EuropeanCall call, LocalVolatility model)
    {
        if (model is ImpliedLocalVolatility)
        {
            var implied = ByImpliedVariance(problem, call);
            var solved = PerSpot(problem, call, model, OnSinhGrid);
            return ReferenceAnswer.Of(
                "Black-Scholes at the implied variance",
                implied,
                "backward equation on a sinh grid, TR-BDF2, extrapolated",
                solved
            );
        }

        var first = Solve(problem.Points.Spots.ToArray(), call, model, call.Strike, Logarithmic);
        var second = Solve(problem.Points.Spots.ToArray(), call, model, call.Strike, OnSinhGrid);
        return ReferenceAnswer.Of(
            "backward equation in ln S, Crank-Nicolson, extrapolated",
            first,
            "backward equation on a sinh grid, TR-BDF2, extrapolated",
            second
        );
    }

    private static double[] ByImpliedVariance(Problem problem, EuropeanCall call)
    {
        var strike = call.Strike * Math.Exp(-problem.Model.Rate * call.Maturity);
        var values = new double[problem.Points.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var spot = problem.Points.Spots[i];
            values[i] = Black.Call(
                spot,
                strike,
                Math.Sqrt(ImpliedVariance.At(call.Maturity, Math.Log(strike / spot)) * call.Maturity)
            );
        }

        return values;
    }

    private static double[] PerSpot(
        Problem problem,
        EuropeanCall call,
        LocalVolatility model,
        Func<double[], EuropeanCall, LocalVolatility, double, double, int, double[]> run
    )
    {
        var values = new double[problem.Points.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var spot = problem.Points.Spots[i];
            values[i] = Solve([spot], call, model, spot, run)[0];
        }

        return values;
    }

    private static double[] Solve(
        double[] at,
        EuropeanCall call,
        LocalVolatility model,
        double spot,
        Func<double[], EuropeanCall, LocalVolatility, double, double, int, double[]> run
    )
    {
        var reach = Reach * Math.Sqrt(model.Variance(spot, call.Strike, 0.5 * call.Maturity) * call.Maturity);
        foreach (var s in at)
            reach = Math.Max(reach, 2 * Math.Abs(Math.Log(s / call.Strike)));

        var table = new double[Levels][];
        for (var level = 0; level < Levels; level++)
            table[level] = run(at, call, model, spot, reach, level);

        double factor = 4;
        for (var order = 1; order < Levels; order++, factor *= 2)
            for (var level = Levels - 1; level >= order; level--)
                for (var i = 0; i < at.Length; i++)
                    table[level][i] += (table[level][i] - table[level - 1][i]) / (factor - 1);

        // The solves price puts; the calls follow from put-call parity.
        var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        return [.. table[Levels - 1].Select((put, i) => put + at[i] - strike)];
    }

    private static double[] Logarithmic(
        double[] at,
        EuropeanCall call,
        LocalVolatility model,
        double spot,
        double reach,
        int level
    )
    {
        var pde = new BackwardPde(model, spot, call.Strike, call.Maturity, Map, -reach, reach);
        return pde.CrankNicolson(400 << level, 100 << level, at);

        (double S, double S1, double S2) Map(double x)
        {
            var s = call.Strike * Math.Exp(x);
            return (s, s, s);
        }
    }

    private static double[] OnSinhGrid(
        double[] at,
        EuropeanCall call,
        LocalVolatility model,
        double spot,
        double reach,
        int level
    )
    {
        var width = reach / 6;
        var end = Math.Asinh(reach / width);
        var pde = new BackwardPde(model, spot, call.Strike, call.Maturity, Map, -end, end);
        return pde.TrBdf2(200 << level, 100 << level, at);

        (double S, double S1, double S2) Map(double x)
        {
            var s = call.Strike * Math.Exp(width * Math.Sinh(x));
            var slope = width * Math.Cosh(x);
            return (s, s * slope, s * ((slope * slope) + (width * Math.Sinh(x))));
        }
    }
}
