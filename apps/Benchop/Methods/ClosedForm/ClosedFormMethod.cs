using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.ClosedForm;

/// <summary>
/// Prices problems that have a closed form in terms of the normal distribution: European calls and their Greeks under
/// Black-Scholes, European calls with a proportional dividend, the up-and-out call by reflection, the exchange option,
/// and the call on a surface of implied variance.
/// </summary>
internal sealed class ClosedFormMethod : IPricingMethod
{
    public MethodCard Card { get; } =
        new(
            "closed",
            "Closed form",
            "Black, Scholes 1973, J. Political Economy 81; Merton 1973, Bell J. Economics 4 (barrier); Margrabe "
                + "1978, J. Finance 33; Dupire 1994, Risk 7 (3-II)"
        );

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall, BlackScholes or DividendBlackScholes or ImpliedLocalVolatility) => null,
            (UpAndOutCall, BlackScholes) or (SpreadCall, TwoAssetBlackScholes) => null,
            (AmericanPut or AmericanCall, _) =>
                "No closed form is known, because the exercise boundary is part of the solution.",
            (EuropeanCall, Models.Merton) =>
                "No closed form is known; the price is an infinite series. Use the 'series' method.",
            (EuropeanCall, Models.Heston) =>
                "No closed form is known; the price is a Fourier integral. Use the 'quadrature' method.",
            _ => "No closed form is known for this contract under this model.",
        };

    public WorkPlan Plan(Problem problem) =>
        WorkPlan.None with
        {
            Structure = "The price is a formula for this contract under this model.",
        };

    public string? Price(Problem problem, int work, Span<double> values)
    {
        switch (problem.Contract, problem.Model)
        {
            case (EuropeanCall call, BlackScholes model):
                European(problem.Quantity, problem.Points.Spots, call, model, values);
                return null;
            case (EuropeanCall call, DividendBlackScholes model):
                AfterDividend(problem.Points.Spots, call, model, values);
                return null;
            case (EuropeanCall call, ImpliedLocalVolatility model):
                OnImpliedVariance(problem.Points.Spots, call, model, values);
                return null;
            case (UpAndOutCall call, BlackScholes model):
                Reflection.Price(problem.Points.Spots, call, model, values);
                return null;
            case (SpreadCall call, TwoAssetBlackScholes model):
                Exchange(problem.Points, call, model, values);
                return null;
            default:
                return WhyNot(problem);
        }
    }

    private static void European(
        Quantity quantity,
        ReadOnlySpan<double> spots,
        EuropeanCall call,
        BlackScholes model,
        Span<double> values
    )
    {
        var rootTime = Math.Sqrt(call.Maturity);
        var strike = Vector256.Create(call.Strike * Math.Exp(-model.Rate * call.Maturity));
        var deviation = Vector256.Create(model.Volatility * rootTime);
        for (var i = 0; i < spots.Length; i += Lanes.Count)
        {
            var spot = Lanes.Load(spots, i);
            var value = quantity switch
            {
                Quantity.Price => Black.Call(spot, strike, deviation),
                Quantity.Delta => Black.Delta(spot, strike, deviation),
                Quantity.Gamma => Black.Gamma(spot, strike, deviation),
                _ => Black.Vega(spot, strike, deviation) * Vector256.Create(rootTime),
            };
            Lanes.Store(value, values, i);
        }
    }

    private static void AfterDividend(
        ReadOnlySpan<double> spots,
        EuropeanCall call,
        DividendBlackScholes model,
        Span<double> values
    )
    {
        var strike = Vector256.Create(call.Strike * Math.Exp(-model.Rate * call.Maturity));
        var deviation = Vector256.Create(model.Volatility * Math.Sqrt(call.Maturity));
        var kept = Vector256.Create(1 - model.Dividend);
        for (var i = 0; i < spots.Length; i += Lanes.Count)
            Lanes.Store(Black.Call(kept * Lanes.Load(spots, i), strike, deviation), values, i);
    }

    private static void OnImpliedVariance(
        ReadOnlySpan<double> spots,
        EuropeanCall call,
        ImpliedLocalVolatility model,
        Span<double> values
    )
    {
        var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        for (var i = 0; i < spots.Length; i++)
        {
            var variance = ImpliedVariance.At(call.Maturity, Math.Log(strike / spots[i]));
            values[i] = Black.Call(spots[i], strike, Math.Sqrt(variance * call.Maturity));
        }
    }

    private static void Exchange(Points points, SpreadCall call, TwoAssetBlackScholes model, Span<double> values)
    {
        var deviation = Vector256.Create(Math.Sqrt(model.RatioVariance * call.Maturity));
        for (var i = 0; i < points.Count; i += Lanes.Count)
            Lanes.Store(
                Black.Call(Lanes.Load(points.Spots, i), Lanes.Load(points.SecondSpots, i), deviation),
                values,
                i
            );
    }
}
