using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Quadrature;

/// <summary>
/// Computes prices that can be written as a single integral of elementary functions. The work parameter is the number
/// of nodes.
/// </summary>
internal sealed class QuadratureMethod : IPricingMethod
{
    public MethodCard Card { get; } =
        new(
            "quadrature",
            "One-dimensional quadrature",
            "Lewis 2000, Option Valuation under Stochastic Volatility; Andersen, Piterbarg 2010, Interest Rate "
                + "Modeling I (control variate); Trefethen, Weideman 2014, SIAM Review 56"
        );

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall, Models.Heston) or (AmericanCall, DividendBlackScholes) => null,
            (AmericanPut, _) =>
                "The exercise boundary requires an integral equation, not a single integral. Use the 'alo' method.",
            (
                EuropeanCall
                    or SpreadCall,
                BlackScholes
                    or DividendBlackScholes
                    or TwoAssetBlackScholes
                    or ImpliedLocalVolatility
            )
            or (UpAndOutCall, _) => "A closed form exists. Use the 'closed' method.",
            (EuropeanCall, Models.Merton) =>
                "The Poisson series converges faster than any quadrature. Use the 'series' method.",
            _ => "No transition density is known for local-volatility models.",
        };

    public WorkPlan Plan(Problem problem)
    {
        if (problem is { Contract: EuropeanCall call, Model: Models.Heston model })
        {
            var needed = HestonIntegral.Needed(problem.Points.Spots, call, model);
            return new(
                "nodes",
                4,
                HestonIntegral.MaxNodes,
                (int)Math.Clamp(needed, 12, HestonIntegral.MaxNodes),
                Convergence.Exponential
            );
        }

        // The value after the dividend varies on the scale of the standard deviation after the dividend, which the
        // nodes must resolve.
        var fraction = ((DividendBlackScholes)problem.Model).Fraction;
        var nodes = 16 * (1 + Math.Sqrt(fraction / (1 - fraction)));
        return new(
            "nodes",
            2,
            DividendDecision.MaxNodes,
            (int)Math.Clamp(nodes, 32, DividendDecision.MaxNodes),
            Convergence.Exponential
        )
        {
            Structure = "After the dividend, the price is a Black-Scholes price.",
        };
    }

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
