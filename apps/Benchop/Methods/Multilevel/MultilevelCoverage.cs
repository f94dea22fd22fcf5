using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Multilevel;

/// <summary>The problems that both multilevel methods support.</summary>
internal static class MultilevelCoverage
{
    public const double Target = 1e-3;

    public static string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model, problem.Quantity) switch
        {
            (EuropeanCall, BlackScholes or DividendBlackScholes or Merton or Heston, Quantity.Price) => null,
            (SpreadCall, TwoAssetBlackScholes, _) => null,
            (AmericanPut or AmericanCall, _, _) =>
                "This method does not support early exercise, because it does not estimate the continuation value. Use "
                    + "the 'lsm' method.",
            (UpAndOutCall, _, _) => "This method does not support barriers. Use the 'mc' method.",
            (_, BlackScholes, _) => "This method does not compute Greeks. Use the 'mc' or 'qmc' method.",
            _ => "This method does not support local volatility. Use the 'mc' method.",
        };

    public static string? Structure(Problem problem) =>
        problem.Model is Heston ? "Given the path of the variance, the price is a Black-Scholes price." : null;

    public static string? Obstacle(Problem problem) =>
        problem.Model is Heston { FellerHolds: false }
            ? "The variance can reach zero, so the level corrections decrease slowly."
            : null;
}
