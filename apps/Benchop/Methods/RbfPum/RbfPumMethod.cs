using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.RbfPum;

/// <summary>
/// The partition of unity method with radial basis functions (Safdari-Vaighani, Heryudono and Larsson 2015; Shcherbakov
/// and Larsson 2016): multiquadric interpolants on overlapping patches, blended by smooth weights. The node index is
/// the coordinate of the interpolants, so nodes may be graded while all patches share one matrix. The work parameter is
/// the number of space intervals.
/// </summary>
internal sealed class RbfPumMethod : IPricingMethod
{
    private static readonly PatchedLine OneDimension = new();

    private static readonly PatchedPlane TwoDimensions = new();

    public MethodCard Card { get; } =
        new(
            "rbfpum",
            "Radial basis function partition of unity",
            "A. Safdari-Vaighani, A. Heryudono and E. Larsson (2015), A radial basis function partition of unity "
                + "collocation method for convection-diffusion equations arising in financial applications, J. Sci. "
                + "Comput. 64, 341-367; V. Shcherbakov and E. Larsson (2016), Comput. Math. Appl. 71, 185-200"
        );

    public string? WhyNot(Problem problem) =>
        problem.Model is TwoAssetBlackScholes or Heston ? null : LinePricer.WhyNot(problem);

    public WorkPlan Plan(Problem problem)
    {
        var (standard, order) = (problem.Contract, problem.Model, problem.Quantity) switch
        {
            (SpreadCall, _, _) => (36, 3),
            (_, Heston, _) => (44, 4),
            (AmericanPut, _, _) => (260, 2),
            (UpAndOutCall, _, _) => (80, 4),
            (_, DividendBlackScholes or LocalVolatility, _) => (80, 4),
            (_, _, Quantity.Gamma or Quantity.Vega) => ((int)(80 * Math.Sqrt(LinePricer.Depth(problem))), 4),
            _ => (64, 4),
        };
        return new WorkPlan(
            "space intervals",
            20,
            problem.Model is TwoAssetBlackScholes or Heston ? 160 : 10_000,
            standard,
            Convergence.Algebraic(order)
        )
        {
            Obstacle = WorkPlan.ObstacleOf(problem.Model),
        };
    }

    public string? Price(Problem problem, int work, Span<double> values) =>
        NodePricer.Price(problem, work, OneDimension, TwoDimensions, values);
}
