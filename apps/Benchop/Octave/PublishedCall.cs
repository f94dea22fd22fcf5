using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Octave;

/// <summary>
/// A call in the convention of the benchmark's published codes: one function for each problem, named
/// <c>PROBLEM_METHOD</c>, which receives all spots and the parameters in a fixed order and returns the prices.
/// </summary>
/// <param name="Function">The part of the function name before the underscore, such as BSeuCallUI.</param>
/// <param name="Arguments">
/// The arguments. Spots are a list, or a list of pairs if there are two assets; a local volatility function is an
/// object, because JSON has no functions.
/// </param>
internal sealed record PublishedCall(string Function, IReadOnlyList<object> Arguments)
{
    /// <summary>
    /// The published codes have separate functions for sets I and II, which differ in their work, so the name depends
    /// on the id and not only on the contract and the model.
    /// </summary>
    private static readonly Dictionary<string, string> Functions = new()
    {
        ["1a-I"] = "BSeuCallUI",
        ["1a-II"] = "BSeuCallUII",
        ["1a-delta-I"] = "BSeuCallDeltaI",
        ["1a-delta-II"] = "BSeuCallDeltaII",
        ["1a-gamma-I"] = "BSeuCallGammaI",
        ["1a-gamma-II"] = "BSeuCallGammaII",
        ["1a-vega-I"] = "BSeuCallVegaI",
        ["1a-vega-II"] = "BSeuCallVegaII",
        ["1b-I"] = "BSamPutUI",
        ["1b-II"] = "BSamPutUII",
        ["1c-I"] = "BSupoutCallI",
        ["1c-II"] = "BSupoutCallII",
        ["2a"] = "BSeuCallDD",
        ["2b"] = "BSamCallDD",
        ["3-I"] = "BSeuLocVolI",
        ["3-II"] = "BSeuLocVolII",
        ["4"] = "HSTeuCall",
        ["slv-heston"] = "HSTeuCall",
        ["5"] = "MRTeuCall",
        ["6"] = "BSeuCallspread",
    };

    public static PublishedCall Of(Problem problem) => new(Functions[problem.Id], [.. ArgumentsOf(problem)]);

    private static IEnumerable<object> ArgumentsOf(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (SpreadCall, TwoAssetBlackScholes m) =>
            [
                Pairs(problem.Points),
                problem.Contract.Maturity,
                m.Rate,
                m.Volatility1,
                m.Volatility2,
                m.Correlation,
            ],
            (UpAndOutCall call, BlackScholes m) => [.. Begin(problem), m.Volatility, call.Barrier],
            (_, BlackScholes m) => [.. Begin(problem), m.Volatility],
            (_, DividendBlackScholes m) => [.. Begin(problem), m.Volatility, m.Dividend, m.Fraction],
            (_, SmoothLocalVolatility m) =>
            [
                .. Begin(problem),
                new
                {
                    volatility = "smooth",
                    sigma = m.Volatility,
                    level = m.Level,
                },
            ],
            (_, ImpliedLocalVolatility) => [.. Begin(problem), new { volatility = "implied" }],
            (_, Heston m) =>
            [
                .. Begin(problem),
                m.InitialVariance,
                m.Reversion,
                m.LongVariance,
                m.VolOfVol,
                m.Correlation,
            ],
            (_, Merton m) => [.. Begin(problem), m.Volatility, m.Intensity, m.JumpMean, m.JumpDeviation],
            _ => throw new ArgumentException($"Problem {problem.Id} has no published call.", nameof(problem)),
        };

    /// <summary>The arguments with which all calls on one asset begin: S, K, T and r.</summary>
    private static object[] Begin(Problem problem) =>
        [problem.Points.Spots.ToArray(), Strike(problem.Contract), problem.Contract.Maturity, problem.Model.Rate];

    private static double Strike(Contract contract) =>
        contract switch
        {
            EuropeanCall call => call.Strike,
            AmericanPut put => put.Strike,
            AmericanCall call => call.Strike,
            UpAndOutCall call => call.Strike,
            _ => throw new ArgumentException($"A {contract.GetType().Name} has no strike.", nameof(contract)),
        };

    private static double[][] Pairs(Points points)
    {
        var pairs = new double[points.Count][];
        for (var i = 0; i < pairs.Length; i++)
            pairs[i] = [points.Spots[i], points.SecondSpots[i]];

        return pairs;
    }
}
