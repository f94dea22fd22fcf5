using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>Alternating directions on a plane: the problems with two space dimensions.</summary>
internal sealed class AdiMethod : IPricingMethod
{
    public MethodCard Card { get; } = new(
        "adi",
        "Alternating directions (modified Craig-Sneyd)",
        "K. J. in 't Hout and S. Foulon (2010), ADI finite difference schemes for option pricing in the Heston model with correlation, Int. J. Numer. Anal. Model. 7, 303-320",
        UsesStructure: false);

    public string? WhyNot(Problem problem) => (problem.Contract, problem.Model) switch
    {
        (SpreadCall, TwoAssetBlackScholes) or (EuropeanCall, Heston) => null,
        _ => "The problem has one space dimension; there are no directions to alternate.",
    };

    public WorkPlan Plan(Problem problem) => new("space intervals", 16, 1000, 40, Convergence.Algebraic(2));

    public string? Price(Problem problem, int work, Span<double> values) => (problem.Contract, problem.Model) switch
    {
        (SpreadCall c, TwoAssetBlackScholes m) => SpreadSolve.Price(c, m, problem.Points, work, values),
        (EuropeanCall c, Heston m) => HestonSolve.Price(c, m, problem.Points.Spots, work, values),
        _ => WhyNot(problem),
    };
}
