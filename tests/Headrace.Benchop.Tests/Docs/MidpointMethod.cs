using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Benchop.Tests.Docs;

internal sealed class MidpointMethod : IPricingMethod
{
    public MethodCard Card { get; } = new("midpoint", "Midpoint rule over the density", "Davis, Rabinowitz 1984");

    public string? WhyNot(Problem problem) => problem.Id is "1a-I" or "1a-II" ? null : "The example prices only 1a.";

    public WorkPlan Plan(Problem problem) => new("cells", 10, 1_000_000, 4_000, Convergence.Algebraic(2));

    public string? Price(Problem problem, int cells, Span<double> values)
    {
        var (call, model) = ((EuropeanCall)problem.Contract, (BlackScholes)problem.Model);
        var (deviation, width) = (model.Volatility * Math.Sqrt(call.Maturity), 16.0 / cells);
        var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        values.Clear();
        for (var z = -8 + (0.5 * width); z < 8; z += width)
            for (var i = 0; i < values.Length; i++)
            {
                var asset = problem.Points.Spots[i] * Math.Exp(deviation * (z - (0.5 * deviation)));
                values[i] += width * Normal.Density(z) * Math.Max(0, asset - strike);
            }

        return null;
    }
}
