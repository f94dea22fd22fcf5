using System.Numerics;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Computes calls in Merton's jump model in two ways: the Poisson series to convergence, and Lewis' Fourier integral.
/// </summary>
internal static class MertonReference
{
    public static ReferenceAnswer Of(Problem problem, EuropeanCall call, Models.Merton model)
    {
        var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        var count = problem.Points.Count;
        var first = new double[count];
        var second = new double[count];
        var variance = model.Volatility * model.Volatility * call.Maturity;
        var jumps = model.Intensity * call.Maturity;
        var cut = 9 / Math.Sqrt(variance);
        for (var i = 0; i < count; i++)
        {
            var spot = problem.Points.Spots[i];
            first[i] = Series(spot, strike, variance, jumps, model);
            second[i] = LewisIntegral.Call(spot, strike, u => Characteristic(u, variance, jumps, model), cut);
        }

        return ReferenceAnswer.Of("Poisson series", first, "Lewis' integral", second);
    }

    private static double Series(double spot, double strike, double variance, double jumps, Models.Merton model)
    {
        var mean = jumps * Math.Max(1, 1 + model.MeanJump);
        var last = (int)(mean + (12 * Math.Sqrt(mean)) + 30);
        double sum = 0;
        double logFactorial = 0;
        for (var n = 0; n <= last; n++)
        {
            logFactorial += n > 0 ? Math.Log(n) : 0;
            var logWeight = -jumps + (n == 0 ? 0 : n * Math.Log(jumps)) - logFactorial;
            var shift =
                (-jumps * model.MeanJump) + (n * (model.JumpMean + (0.5 * model.JumpDeviation * model.JumpDeviation)));
            var v = Math.Sqrt(variance + (n * model.JumpDeviation * model.JumpDeviation));
            var asset = spot * Math.Exp(logWeight + shift);
            var paid = strike * Math.Exp(logWeight);
            sum += asset > 0 && paid > 0 ? Black.Call(asset, paid, v) : asset;
        }

        return sum;
    }

    private static Complex Characteristic(Complex u, double variance, double jumps, Models.Merton model)
    {
        var i = Complex.ImaginaryOne;
        var jump =
            Complex.Exp((i * u * model.JumpMean) - (0.5 * model.JumpDeviation * model.JumpDeviation * u * u)) - 1;
        return Complex.Exp((-0.5 * variance * ((u * u) + (i * u))) + (jumps * (jump - (i * u * model.MeanJump))));
    }
}
