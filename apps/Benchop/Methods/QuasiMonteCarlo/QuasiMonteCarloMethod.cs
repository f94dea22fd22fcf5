using System.Numerics;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.QuasiMonteCarlo;

/// <summary>
/// Randomised quasi-Monte Carlo. The first points of a Sobol sequence are scrambled several times, independently. The
/// standard error is computed from the means of these scramblings.
/// </summary>
internal sealed class QuasiMonteCarloMethod : ISamplingMethod
{
    /// <summary>
    /// More scramblings would make the standard error more precise, but the error of the price decreases faster with
    /// the number of points than with the number of scramblings.
    /// </summary>
    private const int Scramblings = 8;

    private const int Most = 1 << 27;

    private static readonly Convergence Smooth = new(1, "order 1 to 3/2 in one dimension, order 1 in two");

    public MethodCard Card { get; } =
        new(
            "qmc",
            "Quasi-Monte Carlo, scrambled Sobol points",
            "S. Joe and F. Y. Kuo (2008), SIAM J. Sci. Comput. 30, 2635-2654; A. B. Owen (1997), Ann. Statist. 25, "
                + "1541-1562; B. Moskowitz and R. E. Caflisch (1996), Math. Comput. Modelling 23, 37-54"
        );

    public string? WhyNot(Problem problem) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall, BlackScholes or DividendBlackScholes or Models.Merton) => null,
            (SpreadCall, TwoAssetBlackScholes) => null,
            (AmericanPut, BlackScholes) => null,
            (AmericanCall, _) =>
                "This method does not support the exercise decision just before the dividend. Use the 'quadrature' "
                    + "method.",
            (UpAndOutCall, _) => "This method does not support barriers. Use the 'mc' method.",
            _ => "The model needs many time steps, which reduces the advantage of Sobol points. Use the 'mc' method.",
        };

    public WorkPlan Plan(Problem problem) =>
        problem.Contract is AmericanPut
            ? new WorkPlan("points", 8 * 64, Most, StoppedPutRun.DefaultPoints, StoppedPutRun.Convergence)
            {
                Structure = "The European put has a closed form, so only the early-exercise premium is estimated.",
                Obstacle =
                    "The three parameters of the exercise boundary and the 64 dates leave an error of about 1E-4.",
            }
            : new WorkPlan(
                "points",
                8 * 64,
                Most,
                (problem.Model, problem.Quantity) switch
                {
                    (BlackScholes, Quantity.Delta) => 1 << 17,
                    (BlackScholes or DividendBlackScholes, _) => 1 << 15,
                    _ => 1 << 17,
                },
                Smooth
            );

    public string? Estimate(Problem problem, int work, int seed, Span<double> values, Span<double> standardErrors)
    {
        if (problem.Contract is AmericanPut put)
            return StoppedPutRun.Price(
                put,
                (BlackScholes)problem.Model,
                problem.Points.Spots,
                work,
                seed,
                values,
                standardErrors
            );

        if (problem.Contract is EuropeanCall call && problem.Model is BlackScholes or DividendBlackScholes)
        {
            var shifted = new ShiftedCall(problem.Quantity, call, problem.Model, problem.Points.Spots);
            if (Mean(shifted, problem, work, seed, values, standardErrors) is { } violation)
                return violation;

            for (var i = 0; i < values.Length; i++)
                values[i] += shifted.Known(i);

            return null;
        }

        var (terminal, reason) = TerminalCall.Of(problem);
        return terminal is null ? reason : Mean(terminal, problem, work, seed, values, standardErrors);
    }

    private static string? Mean(
        IIntegrand integrand,
        Problem problem,
        int work,
        int seed,
        Span<double> values,
        Span<double> standardErrors
    )
    {
        var log2 = Math.Max(6, BitOperations.Log2((uint)Math.Max(1, work / Scramblings)));
        var effective = new double[values.Length];
        ReplicatedMean.Estimate(
            integrand,
            Scramblings,
            replicate => new ScrambledSobol(integrand.Dimensions, log2, (uint)seed, (uint)replicate),
            values,
            standardErrors,
            effective
        );
        return SampleChecks.Violation(effective, problem.Points.Spots);
    }
}
