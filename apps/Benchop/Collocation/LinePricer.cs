using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Collocation;

/// <summary>
/// Prices problems with one asset by discretising a line. The problems are formulated only here, so that the families
/// of methods differ only in their discretisation.
/// </summary>
internal static class LinePricer
{
    public static string? Price(
        Problem problem,
        int intervals,
        ILineDiscretisation discretisation,
        Span<double> values
    )
    {
        var spots = problem.Points.Spots;
        return (problem.Contract, problem.Model) switch
        {
            (EuropeanCall c, BlackScholes m) => ForwardCall.BlackScholes(
                c,
                m,
                1,
                problem.Quantity,
                spots,
                intervals,
                discretisation,
                values
            ),
            (EuropeanCall c, DividendBlackScholes m) => ForwardCall.BlackScholes(
                c,
                new BlackScholes(m.Rate, m.Volatility),
                1 - m.Dividend,
                problem.Quantity,
                spots,
                intervals,
                discretisation,
                values
            ),
            (EuropeanCall c, LocalVolatility m) => SurfaceSolves.Price(OnSurface, c, m, spots, intervals, values),
            (UpAndOutCall c, BlackScholes m) => BarrierCall.Price(c, m, spots, intervals, discretisation, values),
            (AmericanCall c, DividendBlackScholes m) => DividendCall.Price(
                c,
                m,
                spots,
                intervals,
                discretisation,
                values
            ),
            (AmericanPut c, BlackScholes m) => AmericanPutLine.Price(c, m, spots, intervals, discretisation, values),
            _ => "This combination of contract and model is not a one-dimensional problem.",
        };

        string? OnSurface(
            EuropeanCall call,
            LocalVolatility model,
            ReadOnlySpan<double> at,
            int work,
            Span<double> results
        ) => ForwardCall.OnSurface(call, model, at, work, discretisation, results);
    }

    /// <summary>
    /// Returns the largest distance of a forward price from the strike of a European call, in standard deviations; at
    /// least 1. Gamma and Vega decrease with this distance, so their relative error increases.
    /// </summary>
    public static double Depth(Problem problem)
    {
        if (problem is not { Contract: EuropeanCall call, Model: BlackScholes model })
            return 1;

        double depth = 1;
        var deviation = model.Volatility * Math.Sqrt(call.Maturity);
        foreach (var spot in problem.Points.Spots)
            depth = Math.Max(
                depth,
                Math.Abs((Math.Log(spot / call.Strike) + (model.Rate * call.Maturity)) / deviation)
            );

        return Math.Min(depth, LineChecks.MaxDepth);
    }

    /// <summary>
    /// Returns null if this class formulates the problem and supports the sign of its interest rate; otherwise, returns
    /// the reason.
    /// </summary>
    public static string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (AmericanCall, DividendBlackScholes { Rate: < 0 }) =>
                "With a negative rate, a call may be worth exercising at any time, not only right before the dividend.",
            (EuropeanCall or UpAndOutCall or AmericanPut, BlackScholes) => null,
            (EuropeanCall or AmericanCall, DividendBlackScholes) or (EuropeanCall, LocalVolatility) => null,
            (_, Merton) => "This method does not discretise the integral over the jump sizes. Use the 'fdnu' method.",
            (_, Heston) => "This method does not support stochastic variance. Use the 'adi' method.",
            _ => "This method supports only a single asset. Use the 'adi' method.",
        };
}
