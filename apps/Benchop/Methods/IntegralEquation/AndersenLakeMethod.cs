using System.Globalization;
using System.Runtime.Intrinsics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.IntegralEquation;

/// <summary>
/// Prices American puts with the integral equation of their exercise boundary: one boundary for all spots, found by
/// <see cref="ExerciseBoundary"/>, and one integral per spot (<see cref="PutPremium"/>). Below the boundary the put is
/// worth exactly K - S.
/// </summary>
internal sealed class AndersenLakeMethod : IPricingMethod
{
    /// <summary>
    /// Newton's method needs 4 sweeps with few nodes and 14 with 40 nodes. If it has not converged after this many
    /// sweeps, it has failed.
    /// </summary>
    private const int MaxSweeps = 40;

    /// <summary>Up to this many values are allocated on the stack, enough for 24 nodes.</summary>
    private const int SmallRoom = 1024;

    /// <summary>
    /// On the boundary the put must be worth K - B. If the relative deviation exceeds this value, the boundary is not
    /// resolved.
    /// </summary>
    private const double MaxMismatch = 0.002;

    private static readonly Convergence SixthOrder = new(
        6,
        "order 6: the boundary is smooth in the root of time except for a logarithm at expiry; up to 8 nodes the "
            + "error falls faster"
    );

    public MethodCard Card { get; } =
        new(
            "alo",
            "Integral equation of the exercise boundary",
            "L. Andersen, M. Lake and D. Offengenden (2016), High-performance American option pricing, J. Comput. "
                + "Finance 20, 39-87"
        );

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (AmericanPut, BlackScholes) => null,
            (AmericanCall, DividendBlackScholes) =>
                "With a single dividend, exercise is decided only once, so the problem has no exercise boundary.",
            _ => "The contract is not American, so the problem has no exercise boundary.",
        };

    public WorkPlan Plan(Problem problem)
    {
        // Compares the maturity with the time scale of the boundary: the larger this value, the further the boundary
        // has moved from the strike towards its long-run level.
        var root = Math.Sqrt(problem.Contract.Maturity);
        var bend = problem.Model is BlackScholes m
            ? Math.Max(2 * m.Rate * root / m.Volatility, 0.5 * m.Volatility * root)
            : 0;
        return new WorkPlan(
            "boundary nodes",
            3,
            64,
            bend < 1 ? 5
                : bend < 3 ? 8
                : 12,
            SixthOrder
        )
        {
            Structure = "The early-exercise premium is an integral along the boundary, with Black-Scholes kernels.",
        };
    }

    public string? Price(Problem problem, int work, Span<double> values)
    {
        var put = (AmericanPut)problem.Contract;
        var model = (BlackScholes)problem.Model;
        var spots = problem.Points.Spots;
        if (model.Rate <= 0)
        {
            // If the rate is not positive, the discounted strike is at least the strike. Early exercise then never
            // pays, so the put is priced as a European put.
            European(put, model, spots, values);
            return null;
        }

        var time = Horizon(put, model, spots, work);
        var rateTime = model.Rate * time;
        var deviation = model.Volatility * Math.Sqrt(time);

        var table = BoundaryTable.Of(work);
        var size = ExerciseBoundary.ScratchSize(table) + PutPremium.ScratchSize(table);
        var scratch = size <= SmallRoom ? stackalloc double[SmallRoom] : new double[size];
        var boundary = new ExerciseBoundary(table, rateTime, deviation, scratch);
        if (!Converges(boundary, work))
            return string.Create(
                CultureInfo.InvariantCulture,
                $"The boundary equation did not converge with {work} nodes for r * T = {rateTime:G4} and sigma * "
                    + $"sqrt(T) = {deviation:G4}. Try more or fewer nodes, or a grid method."
            );

        var premium = new PutPremium(
            table,
            rateTime,
            deviation,
            boundary.Squares,
            scratch[ExerciseBoundary.ScratchSize(table)..]
        );
        return Fill(put.Strike, rateTime, deviation, boundary.Depth, premium, spots, values);
    }

    /// <summary>A coupled step that changes the depths by c leaves an error of about c^2.</summary>
    private static bool Converges(in ExerciseBoundary boundary, int nodes)
    {
        var tolerance = Math.Max(1e-6, 0.1 * Math.Pow(10, -0.3 * nodes));
        var change = boundary.Sweep(coupled: false);
        for (var sweep = 1; sweep < MaxSweeps; sweep++)
        {
            Cancellation.Check();
            change = boundary.Sweep(coupled: true);
            if (change <= tolerance)
                return true;
        }

        return false;
    }

    private static string? Fill(
        double strike,
        double rateTime,
        double deviation,
        double depth,
        in PutPremium premium,
        ReadOnlySpan<double> spots,
        Span<double> values
    )
    {
        var edge = strike * Math.Exp(-depth);
        var strikes = Vector256.Create(strike);
        var discounted = Vector256.Create(strike * Math.Exp(-rateTime));
        var deviations = Vector256.Create(deviation);
        var boundary = Vector256.Create(edge);

        // One lane after the last spot prices the put at the boundary itself, where its value must be K - B. If the
        // last vector has an unused lane, this check costs nothing.
        var filled = 0;
        while (filled <= spots.Length)
        {
            var spot = filled < spots.Length ? Lanes.Load(spots, filled) : boundary;
            var free = filled + Lanes.Count - spots.Length;
            if (free > 0)
                spot = spot.WithElement(Lanes.Count - 1, edge);

            var paid = strikes - spot;
            var held = Black.Call(discounted, spot, deviations) + (strikes * premium.At(Vector256.Log(spot / strikes)));
            if (filled < spots.Length)
            {
                var exercised = Vector256.LessThanOrEqual(spot, boundary);
                Lanes.Store(Vector256.ConditionalSelect(exercised, paid, Vector256.Max(held, paid)), values, filled);
            }

            if (free > 0)
            {
                var mismatch = Math.Abs(held[Lanes.Count - 1] - paid[Lanes.Count - 1]);
                return mismatch <= MaxMismatch * (strike - edge)
                    ? null
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"On the computed boundary, at S={edge:G6}, the put's value differs from its exercise value by "
                            + $"{mismatch:G3}, so the boundary is not resolved. Increase the work parameter."
                    );
            }

            filled += Lanes.Count;
        }

        return null;
    }

    /// <summary>
    /// Returns the maturity or, if it is earlier, a time beyond which the price no longer changes noticeably. A longer
    /// maturity adds at most the value that the put can still gain after that time. This gain is less than N(-d) times
    /// the put's value once the drift has moved all paths d deviations above the strike, or once discounting has
    /// reduced the value by the same factor. Without this limit, a few nodes would be spread over decades even though
    /// the boundary changes only during a few weeks.
    /// </summary>
    private static double Horizon(AmericanPut put, BlackScholes model, ReadOnlySpan<double> spots, int nodes)
    {
        var highest = put.Strike;
        foreach (var spot in spots)
            highest = Math.Max(highest, spot);

        // Far out of the money the value of the put is small, at most (S/K)^-2r/sigma^2, so a longer horizon is needed.
        var above = Math.Log(highest / put.Strike);
        var variance = model.Volatility * model.Volatility;
        var d = Math.Min(9, 4 + (0.25 * nodes));
        var time = Math.Min(put.Maturity, ((0.5 * d * d) + (2 * model.Rate / variance * above)) / model.Rate);
        var drift = model.Rate - (0.5 * variance);
        if (drift > 0)
        {
            var width = d * model.Volatility;
            var root = (width + Math.Sqrt((width * width) + (4 * drift * above))) / (2 * drift);
            time = Math.Min(time, root * root);
        }

        return time;
    }

    private static void European(AmericanPut put, BlackScholes model, ReadOnlySpan<double> spots, Span<double> values)
    {
        var discounted = Vector256.Create(put.Strike * Math.Exp(-model.Rate * put.Maturity));
        var deviation = model.Volatility * Math.Sqrt(put.Maturity);
        for (var i = 0; i < spots.Length; i += Lanes.Count)
            Lanes.Store(Black.Call(discounted, Lanes.Load(spots, i), Vector256.Create(deviation)), values, i);
    }
}
