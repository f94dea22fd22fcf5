using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Adi;

/// <summary>
/// Alternating-direction finite differences on a two-dimensional grid, for the problems with two space dimensions.
/// </summary>
internal sealed class AdiMethod : IPricingMethod
{
    public MethodCard Card { get; } =
        new(
            "adi",
            "Alternating directions (modified Craig-Sneyd)",
            "K. J. in 't Hout and S. Foulon (2010), ADI finite difference schemes for option pricing in the Heston "
                + "model with correlation, Int. J. Numer. Anal. Model. 7, 303-320"
        );

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (SpreadCall, TwoAssetBlackScholes) or (EuropeanCall, Heston) => null,
            _ => "The problem has only one space dimension, so an alternating-direction scheme does not apply.",
        };

    public WorkPlan Plan(Problem problem) =>
        problem.Model is Heston
            ? new WorkPlan(
                "space intervals",
                16,
                800,
                60,
                new Convergence(2, "order 2 in variance, 4 in price, and above 2 in time by extrapolation")
            )
            {
                Obstacle = WorkPlan.ObstacleOf(problem.Model),
            }
            : new WorkPlan(
                "space intervals",
                16,
                800,
                46,
                new Convergence(3, "order 4 in space, 3 to 4 in time by extrapolation")
            );

    public string? Price(Problem problem, int work, Span<double> values) =>
        (problem.Contract, problem.Model) switch
        {
            (SpreadCall c, TwoAssetBlackScholes m) => SpreadSolve.Price(c, m, problem.Points, work, values),
            (EuropeanCall c, Heston m) => HestonSolve.Price(c, m, problem.Points.Spots, work, values),
            _ => WhyNot(problem),
        };
}
