using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.RbfFd;

/// <summary>
/// Radial basis function generated finite differences: the weights of each node are exact for polyharmonic splines
/// around the nearest nodes and for polynomials of degree four (Flyer, Fornberg, Bayona and Barnett 2016; for options
/// Milovanovic and von Sydow 2018). The work parameter is the number of space intervals.
/// </summary>
internal sealed class RbfFdMethod : IPricingMethod
{
    private static readonly SplineLine OneDimension = new();

    private static readonly SplinePlane TwoDimensions = new();

    public MethodCard Card { get; } =
        new(
            "rbffd",
            "RBF-generated finite differences (polyharmonic splines with polynomials)",
            "N. Flyer, B. Fornberg, V. Bayona and G. A. Barnett (2016), On the role of polynomials in RBF-FD "
                + "approximations I, J. Comput. Phys. 321, 21-38; S. Milovanovic and L. von Sydow (2018), Radial basis "
                + "function generated finite differences for option pricing problems, Comput. Math. Appl. 75, "
                + "1462-1481"
        );

    public string? WhyNot(Problem problem) => problem.Model is TwoAssetBlackScholes ? null : LinePricer.WhyNot(problem);

    public WorkPlan Plan(Problem problem)
    {
        var (standard, order) = (problem.Contract, problem.Model, problem.Quantity) switch
        {
            (SpreadCall, _, _) => (40, 3),
            (AmericanPut, _, _) => (260, 2),
            (UpAndOutCall, _, _) => (80, 4),
            (_, DividendBlackScholes or LocalVolatility, _) => (90, 4),
            (_, _, Quantity.Gamma or Quantity.Vega) => ((int)(100 * Math.Sqrt(LinePricer.Depth(problem))), 4),
            _ => (70, 4),
        };
        return new WorkPlan(
            "space intervals",
            20,
            problem.Contract is SpreadCall ? 200 : 10_000,
            standard,
            Convergence.Algebraic(order)
        );
    }

    public string? Price(Problem problem, int work, Span<double> values) =>
        NodePricer.Price(problem, work, OneDimension, TwoDimensions, values);
}
