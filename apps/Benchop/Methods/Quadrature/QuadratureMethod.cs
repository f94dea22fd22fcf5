using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Quadrature;

/// <summary>Prices that are one integral of elementary functions. Work is the number of nodes.</summary>
internal sealed class QuadratureMethod : IPricingMethod
{
    public MethodCard Card { get; } = new(
        "quadrature",
        "One-dimensional quadrature",
        "Lewis 2000, Option Valuation under Stochastic Volatility; Andersen, Piterbarg 2010, Interest Rate Modeling I (control variate); Trefethen, Weideman 2014, SIAM Review 56",
        UsesStructure: true);

    public string? WhyNot(Problem problem) => (problem.Contract, problem.Model) switch
    {
        (EuropeanCall, Models.Heston) or (AmericanCall, DividendBlackScholes) => null,
        (AmericanPut, _) => "The exercise boundary needs an integral equation, not one integral (method alo).",
        (EuropeanCall or SpreadCall, BlackScholes or DividendBlackScholes or TwoAssetBlackScholes or ImpliedLocalVolatility) or (UpAndOutCall, _) => "A closed form makes quadrature pointless (method closed).",
        (EuropeanCall, Models.Merton) => "The Poisson series converges faster than any quadrature (method series).",
        _ => "The transition density is not known under this local volatility.",
    };

    public WorkPlan Plan(Problem problem) => problem is { Contract: EuropeanCall call, Model: Models.Heston model }
        ? new("nodes", 4, HestonIntegral.MostNodes, (int)Math.Clamp(HestonIntegral.Needed(problem.Points.Spots, call, model), 12, HestonIntegral.MostNodes), Convergence.Exponential)
        : new("nodes", 2, 512, 32, Convergence.Exponential);

    public string? Price(Problem problem, int work, Span<double> values)
    {
        switch (problem.Contract, problem.Model)
        {
            case (EuropeanCall call, Models.Heston model):
                return HestonIntegral.Price(problem.Points.Spots, call, model, work, values);
            case (AmericanCall call, DividendBlackScholes model):
                return DividendDecision.Price(problem.Points.Spots, call, model, work, values);
            default:
                return WhyNot(problem);
        }
    }
}
