using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Series;

/// <summary>
/// Merton's series: given the number n of jumps, the price is Black's formula with n jump variances added, and n has a
/// Poisson distribution. The work parameter is the number of terms; the remainder is smaller than the tail of the
/// Poisson distribution times the spot.
/// </summary>
internal sealed class MertonSeriesMethod : IPricingMethod
{
    private const int MaxTerms = 100_000;

    // Terms with a smaller weight do not change the sum in double precision.
    private const double MinLogWeight = -690;

    public MethodCard Card { get; } =
        new("series", "Merton's Poisson series", "Merton 1976, J. Financial Economics 3, 125-144");

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall, Models.Merton) => null,
            (EuropeanCall, _) => "The model has no jumps to sum over.",
            _ => "The series is known only for European calls.",
        };

    public WorkPlan Plan(Problem problem)
    {
        // After m + 7 sqrt(m) + 8 terms, the tail of the Poisson distribution is below 1e-10, also under the measure
        // that is weighted by the jump size.
        var model = (Models.Merton)problem.Model;
        var m = model.Intensity * problem.Contract.Maturity * Math.Max(1, 1 + model.MeanJump);
        var terms = (int)Math.Min(MaxTerms, m + (7 * Math.Sqrt(m)) + 8);
        return new("terms", 1, MaxTerms, terms, Convergence.Exponential)
        {
            Structure = "Given the number of jumps, the price is a Black-Scholes price.",
        };
    }

    public string? Price(Problem problem, int work, Span<double> values)
    {
        if (problem is not { Contract: EuropeanCall call, Model: Models.Merton model })
            return WhyNot(problem);

        var intensity = model.Intensity * call.Maturity;
        var drift = -intensity * model.MeanJump;
        var jumpShift = model.JumpMean + (0.5 * model.JumpDeviation * model.JumpDeviation);
        var jumpVariance = model.JumpDeviation * model.JumpDeviation;
        var variance = model.Volatility * model.Volatility * call.Maturity;
        var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        values.Clear();

        // The weight of term n is computed as a logarithm, because e^{-lambda T} alone underflows beyond 745 expected
        // jumps.
        var logWeight = -intensity;
        var logIntensity = Math.Log(intensity);
        for (var n = 0; n < work; n++)
        {
            Cancellation.CheckAt(n);
            var forAsset = logWeight + drift + (n * jumpShift);
            if (logWeight > MinLogWeight || forAsset > MinLogWeight)
                Add(
                    problem.Points.Spots,
                    Math.Exp(forAsset),
                    strike * Math.Exp(logWeight),
                    Math.Sqrt(variance + (n * jumpVariance)),
                    values
                );

            logWeight += logIntensity - Math.Log(n + 1);
        }

        return null;
    }

    private static void Add(
        ReadOnlySpan<double> spots,
        double assetWeight,
        double strike,
        double deviation,
        Span<double> values
    )
    {
        var weight = Vector256.Create(assetWeight);
        var paid = Vector256.Create(strike);
        var v = Vector256.Create(deviation);
        for (var i = 0; i < spots.Length; i += Lanes.Count)
        {
            var sum = Lanes.Load(values, i) + Black.Call(weight * Lanes.Load(spots, i), paid, v);
            Lanes.Store(sum, values, i);
        }
    }
}
