using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.UniformGrid;

/// <summary>
/// Finite differences on equally spaced nodes in S: the simplest grid method, for problems with one asset and no jumps.
/// </summary>
internal sealed class UniformGridMethod : IPricingMethod
{
    public MethodCard Card { get; } =
        new(
            "fd",
            "Finite differences on a uniform grid (Crank-Nicolson, Rannacher start)",
            "M. B. Giles and R. Carter (2006), Convergence analysis of Crank-Nicolson and Rannacher time-marching, "
                + "J. Comput. Finance 9, 89-112; M. J. Brennan and E. S. Schwartz (1977), J. Finance 32, 449-462"
        );

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (AmericanCall, DividendBlackScholes { Rate: < 0 }) =>
                "With a negative rate, a call may be worth exercising at any time, not only right before the dividend.",
            (EuropeanCall or UpAndOutCall or AmericanPut, BlackScholes) => null,
            (EuropeanCall or AmericanCall, DividendBlackScholes) or (EuropeanCall, LocalVolatility) => null,
            (_, Merton) =>
                "Jumps span several orders of magnitude of S. Equal steps cannot both cover and resolve that "
                    + "range. Use the 'fdnu' method.",
            _ => "A uniform grid in two space dimensions needs too many nodes. Use the 'fdnu' or 'adi' method.",
        };

    public WorkPlan Plan(Problem problem)
    {
        var standard = (problem.Contract, problem.Model, problem.Quantity) switch
        {
            (_, _, Quantity.Gamma or Quantity.Vega) => 700,
            (AmericanPut, _, _) or (_, DividendBlackScholes or LocalVolatility, _) => 640,
            _ => 480,
        };

        // The drift moves the kink across the fixed nodes. The further the kink moves, in standard deviations, the less
        // accurate the result is.
        var volatility = problem.Model switch
        {
            BlackScholes m => m.Volatility,
            DividendBlackScholes m => m.Volatility,
            SmoothLocalVolatility m => 1.2 * m.Volatility,
            _ => 0.2,
        };
        var root = Math.Sqrt(problem.Contract.Maturity);
        var drift = Math.Abs(problem.Model.Rate) * root / volatility;

        // In terms of S, the range of the grid grows like e^{5 deviations}, while the layer around the strike remains
        // one deviation wide.
        var reach = 5 * volatility * root;
        var more = (1 + (2 * Math.Max(0, drift - 0.3))) * Math.Max(1, Math.Sinh(reach) / (1.1 * reach));
        return new WorkPlan(
            "space intervals",
            20,
            20_000,
            (int)Math.Min(20_000, standard * more),
            Convergence.Algebraic(2)
        );
    }

    public string? Price(Problem problem, int work, Span<double> values)
    {
        var spots = problem.Points.Spots;
        return (problem.Contract, problem.Model) switch
        {
            (EuropeanCall c, BlackScholes m) => UniformCall.European(
                c.Strike,
                c.Maturity,
                double.PositiveInfinity,
                m,
                problem.Quantity,
                spots,
                work,
                values
            ),
            (UpAndOutCall c, BlackScholes m) => UniformCall.European(
                c.Strike,
                c.Maturity,
                c.Barrier,
                m,
                problem.Quantity,
                spots,
                work,
                values
            ),
            (EuropeanCall c, DividendBlackScholes m) => UniformCall.WithDividend(
                c.Strike,
                c.Maturity,
                false,
                m,
                spots,
                work,
                values
            ),
            (AmericanCall c, DividendBlackScholes m) => UniformCall.WithDividend(
                c.Strike,
                c.Maturity,
                true,
                m,
                spots,
                work,
                values
            ),
            (EuropeanCall c, LocalVolatility m) => SurfaceSolves.Price(
                UniformCall.OnSurface,
                c,
                m,
                spots,
                work,
                values
            ),
            (AmericanPut c, BlackScholes m) => UniformPut.Price(c, m, spots, work, values),
            _ => WhyNot(problem),
        };
    }
}
