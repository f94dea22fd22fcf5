using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>
/// Finite differences on graded grids, for every problem in the benchmark. European values are computed in forward
/// prices, which removes drift and discounting, by a scheme of fourth order in space and time. American puts are
/// computed by a second-order scheme.
/// </summary>
internal sealed class NonUniformGridMethod : IPricingMethod
{
    private const string Parameter = "space intervals";

    private static readonly Convergence SecondOrderInVariance = new(2, "order 2 in variance, 4 in price and time");

    public MethodCard Card { get; } =
        new(
            "fdnu",
            "Finite differences on graded grids",
            "D. Tavella and C. Randall (2000), Pricing Financial Instruments: the Finite Difference Method, Wiley "
                + "(sinh grids); S. H. Crandall (1955), Quart. Appl. Math. 13, 318-320 (compact scheme); E. Hairer "
                + "and G. Wanner (1996), Solving ODEs II, table IV.6.5 (time)"
        );

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (AmericanCall, DividendBlackScholes { Rate: < 0 }) =>
                "With a negative rate, a call may be worth exercising at any time, not only right before the dividend.",
            (EuropeanCall, BlackScholes or DividendBlackScholes or LocalVolatility or Heston or Merton) => null,


            (AmericanPut or UpAndOutCall, BlackScholes)
            or
            (AmericanCall, DividendBlackScholes)
            or (SpreadCall, TwoAssetBlackScholes) => null,
            _ => "The method does not support this contract under this model.",
        };

    public WorkPlan Plan(Problem problem)
    {
        var fourth = Convergence.Algebraic(4);
        return (problem.Contract, problem.Model, problem.Quantity) switch
        {
            (AmericanPut, _, _) => new(Parameter, 16, 8000, 320, Convergence.Algebraic(2)),
            (UpAndOutCall, _, _) => new(Parameter, 16, 4000, 64, fourth),
            (AmericanCall, _, _) => new(Parameter, 16, 4000, 48, fourth),
            (SpreadCall, _, _) => new(Parameter, 16, 100, 36, fourth),
            (_, Heston, _) => new(Parameter, 16, 200, 80, SecondOrderInVariance)
            {
                Obstacle = WorkPlan.ObstacleOf(problem.Model),
            },
            (_, Merton, _) => new(Parameter, 16, 1000, 56, fourth),
            (_, SmoothLocalVolatility, _) => new(Parameter, 16, 4000, 28, fourth),
            (_, LocalVolatility, _) => new(Parameter, 16, 4000, 36, fourth),

            // Gamma is interpolated from a second derivative, which is less accurate than a value. Vega at a small
            // sigma needs as many intervals as Gamma.
            (_, _, Quantity.Gamma) => new(Parameter, 16, 4000, 76, fourth),
            (_, _, Quantity.Vega) => new(Parameter, 16, 4000, 76, fourth),
            (_, _, Quantity.Delta) => new(Parameter, 16, 4000, 32, fourth),
            (_, DividendBlackScholes, _) => new(Parameter, 16, 4000, 32, fourth),
            _ => new(Parameter, 16, 4000, 24, fourth),
        };
    }

    public string? Price(Problem problem, int work, Span<double> values) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall c, BlackScholes m) => EuropeanCallSolve.BlackScholes(
                c,
                m,
                1,
                problem.Quantity,
                problem.Points.Spots,
                work,
                values
            ),
            (EuropeanCall c, DividendBlackScholes m) => EuropeanCallSolve.BlackScholes(
                c,
                new BlackScholes(m.Rate, m.Volatility),
                1 - m.Dividend,
                problem.Quantity,
                problem.Points.Spots,
                work,
                values
            ),
            (EuropeanCall c, LocalVolatility m) => SurfaceSolves.Price(
                EuropeanCallSolve.OnSurface,
                c,
                m,
                problem.Points.Spots,
                work,
                values
            ),
            (UpAndOutCall c, BlackScholes m) => BarrierCallSolve.Price(c, m, problem.Points.Spots, work, values),
            (AmericanCall c, DividendBlackScholes m) => DividendCallSolve.Price(
                c,
                m,
                problem.Points.Spots,
                work,
                values
            ),
            (AmericanPut c, BlackScholes m) => AmericanPutSolve.Price(c, m, problem.Points.Spots, work, values),
            (EuropeanCall c, Merton m) => JumpCallSolve.Price(c, m, problem.Points.Spots, work, values),
            (EuropeanCall c, Heston m) => HestonGridSolve.Price(c, m, problem.Points.Spots, work, values),
            (SpreadCall c, TwoAssetBlackScholes m) => SpreadGridSolve.Price(c, m, problem.Points, work, values),
            _ => WhyNot(problem),
        };
}
