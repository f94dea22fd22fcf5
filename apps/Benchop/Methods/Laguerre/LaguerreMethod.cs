using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Laguerre;

/// <summary>
/// Computes Fourier inversion integrals by Gauss-Laguerre quadrature. The work parameter is the number of nodes per
/// integral.
/// </summary>
internal sealed class LaguerreMethod : IPricingMethod
{
    public MethodCard Card { get; } =
        new(
            "fgl",
            "Fourier Gauss-Laguerre",
            "Carr, Madan 1999, J. Computational Finance 2(4); von Sydow et al. 2015, Int. J. Comput. Math. 92 (as "
                + "FGL); Kim 1990, Rev. Financial Studies 3 (the American put's boundary)"
        );

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall, LocalVolatility) => "No characteristic function is known for local-volatility models.",


            (EuropeanCall, _)
            or
            (SpreadCall, TwoAssetBlackScholes)
            or
            (AmericanPut, BlackScholes)
            or (AmericanCall, DividendBlackScholes) => null,
            _ => "The transform describes only the spot at maturity, not whether the barrier was touched.",
        };

    public WorkPlan Plan(Problem problem)
    {
        var needed = (problem.Contract, problem.Model) switch
        {
            // The integrals are over the standard normal distribution, so the number of nodes needed does not depend on
            // the parameter values.
            (AmericanPut, _) => 24,
            (AmericanCall call, DividendBlackScholes model) => LaguerreDividend.Needed(
                problem.Points.Spots,
                call,
                model
            ),
            _ => LaguerreEuropean.Needed(problem, LogReturn.Of(problem.Model, problem.Contract.Maturity)!),
        };
        var nodes = (int)Math.Min(GaussLaguerre.MaxNodes, needed);
        var convergence = problem.Contract is AmericanPut ? LaguerrePut.Convergence : Convergence.Exponential;
        return new("nodes", 2, GaussLaguerre.MaxNodes, nodes, convergence)
        {
            Structure = problem.Contract switch
            {
                SpreadCall => "Pricing in units of the second asset leaves only one asset.",
                AmericanPut => "The early-exercise premium is an integral along the boundary, with normal densities.",
                AmericanCall => "The critical spot is the root of an equation in Black-Scholes prices.",
                _ => null,
            },
        };
    }

    public string? Price(Problem problem, int work, Span<double> values) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall or SpreadCall, Model model) when LogReturn.Of(model, problem.Contract.Maturity) is { } law =>
                LaguerreEuropean.Price(problem, law, work, values),
            (AmericanPut put, BlackScholes model) => LaguerrePut.Price(problem.Points.Spots, put, model, work, values),
            (AmericanCall call, DividendBlackScholes model) => LaguerreDividend.Price(
                problem.Points.Spots,
                call,
                model,
                work,
                values
            ),
            _ => WhyNot(problem),
        };
}
