using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Binomial;

/// <summary>
/// Prices each spot with two binomial lattices and extrapolates from n and n/2 steps. With a proportional dividend the
/// lattice of forward prices still recombines, so the dividend adds no cost.
/// </summary>
internal sealed class BinomialMethod : IPricingMethod
{
    private static readonly Convergence American = new(
        1,
        "order 1, irregularly: the position of the exercise boundary between nodes changes with the number of steps"
    );

    public MethodCard Card { get; } =
        new(
            "binomial",
            "Binomial lattice with Richardson extrapolation",
            "J. C. Cox, S. A. Ross and M. Rubinstein (1979), J. Financial Economics 7, 229-263; M. Broadie and J. "
                + "Detemple (1996), Rev. Financial Studies 9, 1211-1250"
        );

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model, problem.Quantity) switch
        {
            (AmericanCall, DividendBlackScholes { Rate: < 0 }, _) =>
                "With a negative rate, a call may be worth exercising at any time, not only right before the dividend.",


            (EuropeanCall, BlackScholes, Quantity.Price)
            or
            (AmericanPut, BlackScholes, _)
            or (EuropeanCall or AmericanCall, DividendBlackScholes, _) => null,
            (EuropeanCall, BlackScholes, _) =>
                "The method uses one lattice per spot, so rounding or interpolation errors in the Greeks exceed the "
                    + "target.",
            (UpAndOutCall, _, _) =>
                "The distance from the barrier to the nearest lattice level varies erratically with the number of "
                    + "steps, so the error does not decrease at a regular rate. Use the 'fd' or 'fdnu' method.",
            (SpreadCall, _, _) => "Two assets require a two-dimensional lattice. Use the 'fdnu' or 'adi' method.",
            _ => "The volatility is not constant, so a lattice does not recombine.",
        };

    public WorkPlan Plan(Problem problem) =>
        problem.Contract switch
        {
            AmericanPut => new WorkPlan("time steps", 8, 10_000, 1600, American),
            _ => new WorkPlan("time steps", 8, 10_000, 240, Convergence.Algebraic(2)),
        };

    public string? Price(Problem problem, int work, Span<double> values)
    {
        var fine = work + (work % 2);
        for (var i = 0; i < values.Length; i++)
        {
            var spot = problem.Points.Spots[i];
            if (Unreached(problem, spot, fine / 2) is { } reason)
                return reason;

            var coarse = Value(problem, spot, fine / 2);
            var value = (2 * Value(problem, spot, fine)) - coarse;
            values[i] = problem.Contract switch
            {
                AmericanPut p => Math.Max(value, p.Strike - spot),
                AmericanCall c => Math.Max(value, spot - c.Strike),
                _ => value,
            };
        }

        return null;
    }

    private static double Value(Problem problem, double spot, int steps)
    {
        var (strike, volatility, kept) = Terms(problem);
        var maturity = problem.Contract.Maturity;
        var rate = problem.Model.Rate;
        var growth = Math.Exp(rate * maturity);
        var lattice = new Lattice(spot * kept * growth, volatility, maturity, steps);
        return (problem.Contract, problem.Model) switch
        {
            // If the rate is not positive, early exercise never pays, so the put is priced as a European put.
            (AmericanPut, _) => LatticeWalk.Value(
                lattice,
                -1,
                strike,
                rate > 0 ? ExercisePolicy.Always(strike, rate, maturity, steps) : ExercisePolicy.Never
            ) / growth,
            (AmericanCall, DividendBlackScholes m) => WithDecision(lattice, strike, m, maturity) / growth,
            _ => LatticeWalk.Value(lattice, 1, strike, ExercisePolicy.Never) / growth,
        };
    }

    /// <summary>
    /// Prices the option with an exercise decision just before the dividend, where exercise pays S - K with
    /// S = F e^{-r (T - t)} / (1 - D). The dividend date usually falls between two levels of the lattice. The option is
    /// then priced twice, with the decision at each of these levels, and the result is interpolated. The error is of
    /// second order in the step.
    /// </summary>
    private static double WithDecision(in Lattice lattice, double strike, DividendBlackScholes model, double maturity)
    {
        var due = model.Fraction * lattice.Steps;
        var level = (int)Math.Floor(due + 1e-9);
        var share = Math.Max(0, due - level);
        var forwardStrike = strike * Math.Exp(model.Rate * maturity * (1 - model.Fraction));
        var factor = 1 / (1 - model.Dividend);
        var early = LatticeWalk.Value(lattice, 1, strike, ExercisePolicy.Once(level, forwardStrike, factor));
        return share < 1e-9
            ? early
            : ((1 - share) * early)
                + (
                    share * LatticeWalk.Value(lattice, 1, strike, ExercisePolicy.Once(level + 1, forwardStrike, factor))
                );
    }

    private static string? Unreached(Problem problem, double spot, int steps)
    {
        var (strike, volatility, kept) = Terms(problem);
        var maturity = problem.Contract.Maturity;
        var growth = kept * Math.Exp(problem.Model.Rate * maturity);
        var lattice = new Lattice(spot * growth, volatility, maturity, steps);
        if (lattice.Half < 1e-9)
            return "The volatility is so small that the lattice levels differ only by rounding. Use a closed form.";

        if (!(lattice.Half < 1))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"With {2 * steps} steps, a single move changes the price by a factor of "
                    + $"{Math.Exp(lattice.Half):G3}, which is too coarse. Increase the work parameter."
            );

        // The lattice reaches sqrt(steps) standard deviations from the mean, but its binomial distribution is close to
        // a normal one only in the inner third of that range.
        var deviations = Math.Abs(Math.Log(spot * growth / strike)) / (volatility * Math.Sqrt(maturity));
        var worthless = problem.Contract is AmericanPut ? spot * growth > strike : spot * growth < strike;
        return worthless && deviations > 0.35 * Math.Sqrt(steps)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"S={spot:R} is {Figure.Of(deviations, 1)} standard deviations out of the money, which is more than "
                    + $"{2 * steps} steps can resolve. Increase the work parameter."
            )
            : null;
    }

    private static (double Strike, double Volatility, double Kept) Terms(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall c, BlackScholes m) => (c.Strike, m.Volatility, 1),
            (AmericanPut p, BlackScholes m) => (p.Strike, m.Volatility, 1),
            (EuropeanCall c, DividendBlackScholes m) => (c.Strike, m.Volatility, 1 - m.Dividend),
            (AmericanCall c, DividendBlackScholes m) => (c.Strike, m.Volatility, 1 - m.Dividend),
            _ => throw new ArgumentException("The binomial method does not support this problem.", nameof(problem)),
        };
}
