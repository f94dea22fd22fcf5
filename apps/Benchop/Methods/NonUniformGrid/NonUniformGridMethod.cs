using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.NonUniformGrid;

/// <summary>Finite differences on graded grids: every problem of the benchmark.</summary>
internal sealed class NonUniformGridMethod : IPricingMethod
{
    public MethodCard Card { get; } = new(
        "fdnu",
        "Finite differences on graded grids",
        "K. in 't Hout and K. Volders (2009), Stability of central finite difference schemes on non-uniform grids for the Black-Scholes equation, Appl. Numer. Math. 59, 2593-2609",
        UsesStructure: false);

    public string? WhyNot(Problem problem) => null;

    public WorkPlan Plan(Problem problem) => new("space intervals", 12, 4000, 40, Convergence.Algebraic(4));

    public string? Price(Problem problem, int work, Span<double> values) => (problem.Contract, problem.Model) switch
    {
        (EuropeanCall c, BlackScholes m) => EuropeanCallSolve.BlackScholes(c, m, 1, problem.Quantity, problem.Points.Spots, work, values),
        (EuropeanCall c, DividendBlackScholes m) => EuropeanCallSolve.BlackScholes(c, new BlackScholes(m.Rate, m.Volatility), 1 - m.Dividend, problem.Quantity, problem.Points.Spots, work, values),
        (EuropeanCall c, LocalVolatility m) => EuropeanCallSolve.LocalVolatility(c, m, problem.Points.Spots, work, values),
        (UpAndOutCall c, BlackScholes m) => BarrierCallSolve.Price(c, m, problem.Points.Spots, work, values),
        (AmericanCall c, DividendBlackScholes m) => DividendCallSolve.Price(c, m, problem.Points.Spots, work, values),
        (AmericanPut c, BlackScholes m) => AmericanPutSolve.Price(c, m, problem.Points.Spots, work, values),
        (EuropeanCall c, Merton m) => JumpCallSolve.Price(c, m, problem.Points.Spots, work, values),
        (EuropeanCall c, Heston m) => HestonGridSolve.Price(c, m, problem.Points.Spots, work, values),
        (SpreadCall c, TwoAssetBlackScholes m) => SpreadGridSolve.Price(c, m, problem.Points, work, values),
        _ => "not yet",
    };
}
