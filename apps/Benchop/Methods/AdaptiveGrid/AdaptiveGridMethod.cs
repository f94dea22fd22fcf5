using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.AdaptiveGrid;

/// <summary>
/// Second-order finite differences on a grid that is adapted to the local truncation error (Persson and von Sydow
/// 2007): a trial solve estimates the error of the differences, and the nodes are placed so that each interval
/// contributes the same error. The work parameter is the number of space intervals.
/// </summary>
internal sealed class AdaptiveGridMethod : IPricingMethod
{
    private static readonly AdaptiveLine OneDimension = new();

    private static readonly AdaptivePlane TwoDimensions = new();

    public MethodCard Card { get; } =
        new(
            "fdad",
            "Finite differences on a space-adaptive grid",
            "J. Persson and L. von Sydow (2007), Pricing European multi-asset options using a space-time adaptive "
                + "FD-method, Comput. Vis. Sci. 10, 173-183"
        );

    public string? WhyNot(Problem problem) => problem.Model is TwoAssetBlackScholes ? null : LinePricer.WhyNot(problem);

    public WorkPlan Plan(Problem problem)
    {
        var standard = (problem.Contract, problem.Model, problem.Quantity) switch
        {
            (SpreadCall, _, _) => 300,
            (AmericanPut, _, _) => 400,
            (UpAndOutCall, _, _) => 400,
            (_, _, Quantity.Gamma or Quantity.Vega) => (int)(400 * LinePricer.Depth(problem)),
            _ => 360,
        };
        return new WorkPlan(
            "space intervals",
            20,
            problem.Contract is SpreadCall ? 800 : 20_000,
            standard,
            Convergence.Algebraic(2)
        );
    }

    public string? Price(Problem problem, int work, Span<double> values) =>
        NodePricer.Price(problem, work, OneDimension, TwoDimensions, values);
}
