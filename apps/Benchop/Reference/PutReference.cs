using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Computes the American put by Kim's representation, with the exercise boundary computed from two different equations:
/// value matching and smooth pasting. The numbers of nodes and the quadratures also differ. Both computations rely on
/// this representation, so a test also compares them with a binomial tree.
/// </summary>
internal static class PutReference
{
    public static ReferenceAnswer Of(Problem problem, AmericanPut put, BlackScholes model)
    {
        var first = By(
            problem,
            put,
            model,
            new ExerciseBoundary(put.Maturity, model.Rate, model.Volatility, 56, 1.0 / 16, slopes: false)
        );
        var second = By(
            problem,
            put,
            model,
            new ExerciseBoundary(put.Maturity, model.Rate, model.Volatility, 44, 1.0 / 14, slopes: true)
        );
        return ReferenceAnswer.Of("boundary by value matching", first, "boundary by smooth pasting", second);
    }

    private static double[] By(Problem problem, AmericanPut put, BlackScholes model, ExerciseBoundary boundary)
    {
        var values = new double[problem.Points.Count];
        var strike = put.Strike * Math.Exp(-model.Rate * put.Maturity);
        var v = model.Volatility * Math.Sqrt(put.Maturity);
        for (var i = 0; i < values.Length; i++)
        {
            var spot = problem.Points.Spots[i];
            var european = Black.Call(strike, spot, v);
            values[i] =
                model.Rate <= 0 ? european
                : spot <= put.Strike * boundary.At(put.Maturity) ? put.Strike - spot
                : european + (put.Strike * boundary.Premium(spot / put.Strike));
        }

        return values;
    }
}
