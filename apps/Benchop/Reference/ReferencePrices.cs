using System.Collections.Concurrent;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Reference;

/// <summary>
/// Computes the reference prices with which all methods are compared. The prices of each problem are computed from its
/// parameters in two ways and cached until the process ends. Methods must not use this namespace.
/// </summary>
internal static class ReferencePrices
{
    // Bounds the cache, because a study that varies parameters requests many problems. Evicted entries are computed
    // again when requested.
    private const int MaxKept = 1000;

    private static readonly ConcurrentDictionary<string, Lazy<ReferenceAnswer>> Kept = new(StringComparer.Ordinal);

    public static ReferenceAnswer Of(Problem problem)
    {
        if (Kept.Count >= MaxKept)
            Kept.Clear();

        while (true)
        {
            var kept = Kept.GetOrAdd(problem.Key, _ => new Lazy<ReferenceAnswer>(() => ComputeOrRefuse(problem)));
            try
            {
                return kept.Value;
            }
            catch (OperationCanceledException)
            {
                // The cancellation may be that of another job that was computing the same reference.
                Kept.TryRemove(new(problem.Key, kept));
                Cancellation.Check();
            }
        }
    }

    /// <summary>
    /// If a computation fails on extreme parameter values, the reference is missing, but the job does not fail, because
    /// the price does not depend on the reference.
    /// </summary>
    private static ReferenceAnswer ComputeOrRefuse(Problem problem)
    {
        try
        {
            return Compute(problem);
        }
        catch (Exception failed) when (failed is ArithmeticException or ArgumentException or InvalidOperationException)
        {
            return new([], 0, "", "", $"Its computation failed: {failed.Message}");
        }
    }

    private static ReferenceAnswer Compute(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall call, BlackScholes model) => BlackScholesReference.European(problem, call, model),
            (EuropeanCall call, DividendBlackScholes model) => BlackScholesReference.AfterDividend(
                problem,
                call,
                model
            ),
            (UpAndOutCall call, BlackScholes model) => BarrierReference.Of(problem, call, model),
            (SpreadCall call, TwoAssetBlackScholes model) => SpreadReference.Of(problem, call, model),
            (AmericanCall call, DividendBlackScholes model) => DividendReference.Of(problem, call, model),
            (EuropeanCall call, Models.Merton model) => MertonReference.Of(problem, call, model),
            (EuropeanCall call, Models.Heston model) => HestonReference.Of(problem, call, model),
            (EuropeanCall call, LocalVolatility model) => LocalVolatilityReference.Of(problem, call, model),
            (AmericanPut put, BlackScholes model) => PutReference.Of(problem, put, model),
            _ => new([], 0, "", "", "No reference values are available for this contract under this model."),
        };
}
