using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>Prices a problem in the plane if its model has two variables, and on a line otherwise.</summary>
internal static class NodePricer
{
    public static string? Price(
        Problem problem,
        int work,
        ILineDiscretisation line,
        IPlaneDiscretisation plane,
        Span<double> values
    ) =>
        (problem.Contract, problem.Model) switch
        {
            (SpreadCall c, TwoAssetBlackScholes m) => ExchangePlane.Price(c, m, problem.Points, work, plane, values),
            (EuropeanCall c, Heston m) => HestonPlane.Price(c, m, problem.Points.Spots, work, plane, values),
            _ => LinePricer.Price(problem, work, line, values),
        };
}
