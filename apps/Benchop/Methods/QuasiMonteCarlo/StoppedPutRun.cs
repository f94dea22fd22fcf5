using System.Numerics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.QuasiMonteCarlo;

/// <summary>
/// Prices an American put in two phases. The first phase searches for the boundary that maximises the value on one set
/// of Sobol points. The second phase prices the put with that boundary on independent points, so the result is not
/// biased upwards. An error in the boundary reduces the value only in proportion to the square of the error.
/// </summary>
internal static class StoppedPutRun
{
    public const int DefaultPoints = 1 << 19;

    private const int Scramblings = 8;

    private const int Steps = 64;

    private const int SearchPointsLog2 = 13;

    private const int SearchSteps = 80;

    public static Convergence Convergence { get; } =
        new(
        1,
        "order 1, down to the error of the boundary and of 64 time steps, about 5e-5"
    );

    public static string? Price(
        AmericanPut put,
        BlackScholes model,
        ReadOnlySpan<double> spots,
        int work,
        int seed,
        Span<double> values,
        Span<double> standardErrors
    )
    {
        var discounted = put.Strike * Math.Exp(-model.Rate * put.Maturity);
        var deviation = model.Volatility * Math.Sqrt(put.Maturity);
        for (var i = 0; i < spots.Length; i++)
            values[i] = Black.Call(discounted, spots[i], deviation);

        standardErrors.Clear();

        // If the interest rate is zero or negative, early exercise never pays, so the put is worth as much as a
        // European put.
        if (model.Rate <= 0)
            return null;

        var boundary = BestBoundary(put, model, seed);
        var stopped = new StoppedPut(put, model, spots, Steps, extrapolate: true);
        stopped.SetBoundary(boundary);
        var log2 = Math.Max(6, BitOperations.Log2((uint)(work / Scramblings)));
        var premiums = new double[spots.Length];
        var effective = new double[spots.Length];
        ReplicatedMean.Estimate(
            stopped,
            Scramblings,
            replicate => new ScrambledSobol(Steps, log2, (uint)seed, (uint)replicate + 1),
            premiums,
            standardErrors,
            effective
        );
        for (var i = 0; i < spots.Length; i++)
        {
            var exercised = Math.Log(spots[i]) <= stopped.LogBoundaryToday;
            var negligible = values[i] < 1e-9 * put.Strike;
            if (exercised || negligible)
                standardErrors[i] = 0;
            else if (SampleChecks.Violation(effective.AsSpan(i, 1), spots[i..]) is { } reason)
                return reason;

            values[i] = Math.Max(exercised ? 0 : values[i] + premiums[i], put.Strike - spots[i]);
        }

        return null;
    }

    private static PutBoundary BestBoundary(AmericanPut put, BlackScholes model, int seed)
    {
        var initial = PutBoundary.Initial(put, model);
        var deviation = model.Volatility * Math.Sqrt(put.Maturity);
        var today = initial.Log(put.Maturity);

        // Some paths start near the boundary and others farther away, so that both the early and the late parts of the
        // boundary matter. The premium from each starting point is divided by the premium with the initial boundary.
        double[] starts =
        [
            Math.Exp(today + (0.4 * deviation)),
            Math.Exp(today + deviation),
            Math.Exp(today + (2 * deviation)),
        ];
        double[] scales = [1, 1, 1];
        var stopped = new StoppedPut(put, model, starts, Steps, extrapolate: false);
        var points = new ScrambledSobol(Steps, SearchPointsLog2, (uint)seed, 0);
        var sums = new double[starts.Length];
        var sizes = new double[2 * starts.Length];
        var coordinates = new double[Steps * ReplicatedMean.Block];
        scales = Premiums([initial.A, 0, 0]);
        var best = SimplexSearch.Maximise(
            [initial.A, 0, 0],
            [0.2 * initial.A, 0.2 * initial.A, 0.2 * initial.A],
            SearchSteps,
            x => Premiums(x).Select((premium, i) => premium / Math.Max(scales[i], 1e-300)).Sum()
        );
        return initial with { A = best[0], B = best[1], C = best[2] };

        double[] Premiums(ReadOnlySpan<double> x)
        {
            stopped.SetBoundary(initial with { A = x[0], B = x[1], C = x[2] });
            sums.AsSpan().Clear();
            for (var first = 0; first < points.Count; first += ReplicatedMean.Block)
            {
                Cancellation.Check();
                points.Fill(first, ReplicatedMean.Block, coordinates);
                stopped.Add(coordinates, ReplicatedMean.Block, sums, sizes);
            }

            var premiums = new double[starts.Length];
            for (var i = 0; i < starts.Length; i++)
                premiums[i] =
                    Math.Log(starts[i]) <= stopped.LogBoundaryToday
                        ? put.Strike
                            - starts[i]
                            - Black.Call(put.Strike * Math.Exp(-model.Rate * put.Maturity), starts[i], deviation)
                        : sums[i] / points.Count;

            return premiums;
        }
    }
}
