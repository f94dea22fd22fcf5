using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Benchop.Tests.Docs;

internal sealed class MidpointMethod : IPricingMethod
{
    public MethodCard Card { get; } =
        new("midpoint", "Midpoint rule over the density", "Davis, Rabinowitz 1984, Methods of Numerical Integration");

    public string? WhyNot(Problem problem) =>
        problem is { Contract: EuropeanCall, Model: BlackScholes, Quantity: Quantity.Price }
            ? null
            : "The example prices only European calls under Black-Scholes.";

    public WorkPlan Plan(Problem problem) => new("cells", 10, 1_000_000, 4_000, Convergence.Algebraic(2));

    public string? Price(Problem problem, int cells, Span<double> values)
    {
        var (call, model) = ((EuropeanCall)problem.Contract, (BlackScholes)problem.Model);
        var deviation = model.Volatility * Math.Sqrt(call.Maturity);
        var drift = (model.Rate * call.Maturity) - (0.5 * deviation * deviation);
        var width = 16.0 / cells;
        var scale = width * Math.Exp(-model.Rate * call.Maturity) / Math.Sqrt(2 * Math.PI);
        values.Clear();
        for (var z = -8 + (0.5 * width); z < 8; z += width)
            for (var i = 0; i < values.Length; i++)
                values[i] +=
                    scale
                    * Math.Exp(-0.5 * z * z)
                    * Math.Max(0, (problem.Points.Spots[i] * Math.Exp(drift + (deviation * z))) - call.Strike);

        return null;
    }
}
