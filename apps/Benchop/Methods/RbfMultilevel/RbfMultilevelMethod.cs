using Headrace.Apps.Benchop.Collocation;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.RbfMultilevel;

/// <summary>
/// The least-squares multilevel method (Larsson and Gomes, in von Sydow et al. 2015; multilevel interpolation by
/// Floater and Iske 1996): Gaussians on three nested sets of centres, from wide to narrow. In every implicit step, each
/// level is fitted by least squares to the residual of the wider ones. The work parameter is the number of space
/// intervals of the finest level.
/// </summary>
internal sealed class RbfMultilevelMethod : IPricingMethod
{
    private static readonly GaussianLevels OneDimension = new();

    public MethodCard Card { get; } =
        new(
            "rbflsml",
            "Radial basis functions, least squares multilevel",
            "L. von Sydow et al. (2015), BENCHOP, Int. J. Comput. Math. 92, 2361-2379 (RBF-LSML, E. Larsson and S. "
                + "Gomes); M. S. Floater and A. Iske (1996), Multistep scattered data interpolation using compactly "
                + "supported radial basis functions, J. Comput. Appl. Math. 73, 65-78"
        );

    public string? WhyNot(Problem problem) =>
        problem.Contract is AmericanPut
            ? "A least-squares fit does not preserve the values in the exercise region. Use the 'rbffd' method."
            : LinePricer.WhyNot(problem);

    public WorkPlan Plan(Problem problem)
    {
        var (standard, order) = (problem.Contract, problem.Model, problem.Quantity) switch
        {
            (UpAndOutCall, _, _) => (72, 4),
            (_, DividendBlackScholes or LocalVolatility, _) => (64, 4),
            (_, _, Quantity.Gamma or Quantity.Vega) => ((int)(70 * Math.Sqrt(LinePricer.Depth(problem))), 4),
            _ => (56, 4),
        };
        return new WorkPlan("space intervals", 20, 400, standard, Convergence.Algebraic(order));
    }

    public string? Price(Problem problem, int work, Span<double> values) =>
        LinePricer.Price(problem, work, OneDimension, values);
}
