using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.RbfAdaptive;

/// <summary>
/// Multiquadric collocation on adapted nodes (Driscoll and Heryudono 2007): the interpolant through few nodes is
/// compared with a trial solution between them, and the density of the nodes rises where the residual is largest. The
/// nodes are moved rather than inserted one by one, so their spacing varies smoothly. The width of each basis function
/// follows the spacing. The work parameter is the number of space intervals.
/// </summary>
internal sealed class RbfAdaptiveMethod : IPricingMethod
{
    private static readonly RefinedLine OneDimension = new();

    public MethodCard Card { get; } =
        new(
            "rbfad",
            "Radial basis functions on adaptive nodes",
            "T. A. Driscoll and A. R. H. Heryudono (2007), Adaptive residual subsampling methods for radial basis "
                + "function interpolation and collocation problems, Comput. Math. Appl. 53, 927-939"
        );

    public string? WhyNot(Problem problem) =>
        problem.Model is BlackScholes
            ? LinePricer.WhyNot(problem)
            : "This method supports only problems with a single asset, constant volatility and no dividend. Use the "
                + "'rbffd' method.";

    public WorkPlan Plan(Problem problem)
    {
        var standard = (problem.Contract, problem.Quantity) switch
        {
            (AmericanPut, _) => 160,
            (UpAndOutCall, _) => 100,
            (_, Quantity.Gamma or Quantity.Vega) => (int)(90 * Math.Sqrt(LinePricer.Depth(problem))),
            _ => 80,
        };
        return new WorkPlan(
            "space intervals",
            20,
            500,
            standard,
            Convergence.Algebraic(problem.Contract is AmericanPut ? 2 : 4)
        );
    }

    public string? Price(Problem problem, int work, Span<double> values) =>
        LinePricer.Price(problem, work, OneDimension, values);
}
