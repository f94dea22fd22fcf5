using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// Runs grid solves on a volatility surface: one solve for all spots, or one per spot if the surface depends on the
/// spot.
/// </summary>
internal static class SurfaceSolves
{
    /// <summary>Prices all spots on the surface that belongs to the first spot.</summary>
    internal delegate string? Solve(
        EuropeanCall call,
        LocalVolatility model,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    );

    public static string? Price(
        Solve solve,
        EuropeanCall call,
        LocalVolatility model,
        ReadOnlySpan<double> spots,
        int intervals,
        Span<double> values
    )
    {
        if (!model.DependsOnSpot)
            return solve(call, model, spots, intervals, values);

        for (var i = 0; i < spots.Length; i++)
            if (solve(call, model, spots.Slice(i, 1), intervals, values.Slice(i, 1)) is { } reason)
                return reason;

        return null;
    }
}
