using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.RbfGlobal;

/// <summary>
/// Global multiquadrics (Pettersson, Larsson, Marcusson and Persson 2008). On a line, there are twice as many
/// collocation points as centres, and each implicit step is solved by least squares; in the plane, the points are the
/// centres. The node index is the coordinate of the basis functions, so the centres may be graded. The work parameter
/// is the number of space intervals.
/// </summary>
internal sealed class RbfGlobalMethod : IPricingMethod
{
    private static readonly MultiquadricLine OneDimension = new();

    private static readonly MultiquadricPlane TwoDimensions = new();

    public MethodCard Card { get; } =
        new(
            "rbf",
            "Global radial basis functions (multiquadrics, least squares)",
            "U. Pettersson, E. Larsson, G. Marcusson and J. Persson (2008), Improved radial basis function methods for "
                + "multi-dimensional option pricing, J. Comput. Appl. Math. 222, 82-93"
        );

    public string? WhyNot(Problem problem) =>
        problem.Model is TwoAssetBlackScholes or Heston ? null : LinePricer.WhyNot(problem);

    public WorkPlan Plan(Problem problem)
    {
        var (standard, order) = (problem.Contract, problem.Model, problem.Quantity) switch
        {
            (SpreadCall, _, _) => (34, 3),
            (_, Heston, _) => (36, 4),
            (AmericanPut, _, _) => (80, 2),
            (UpAndOutCall, _, _) => (80, 4),
            (_, DividendBlackScholes or LocalVolatility, _) => (64, 4),
            (_, _, Quantity.Gamma or Quantity.Vega) => ((int)(70 * Math.Sqrt(LinePricer.Depth(problem))), 4),
            _ => (56, 4),
        };
        var most = (problem.Contract, problem.Model) switch
        {
            (_, TwoAssetBlackScholes or Heston) => 52,
            (AmericanPut, _) => 160,
            _ => 400,
        };
        return new WorkPlan("space intervals", 20, most, standard, Convergence.Algebraic(order))
        {
            Obstacle =
                problem.Contract is AmericanPut
                    ? "Basis functions without bounded support blur the second derivative, which jumps at the exercise "
                        + "boundary."
                    : WorkPlan.ObstacleOf(problem.Model),
        };
    }

    public string? Price(Problem problem, int work, Span<double> values) =>
        NodePricer.Price(problem, work, OneDimension, TwoDimensions, values);
}
