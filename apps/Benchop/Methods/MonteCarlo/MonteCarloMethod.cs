using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.MonteCarlo;

/// <summary>
/// Monte Carlo with antithetic pairs, stratification and control variates. Where the terminal distribution is known, it
/// is sampled directly, without discretisation error.
/// </summary>
internal sealed class MonteCarloMethod : ISamplingMethod
{
    /// <summary>
    /// The number of independent replicates from which the standard error is estimated. The estimate has a relative
    /// error of about 1 / sqrt(2 * 31), or one part in eight.
    /// </summary>
    private const int Replicates = 32;

    private const int Most = 1 << 28;

    // Both schemes have a weak error of second order in the step. With the default parameters of the problems, this
    // error is below 1e-4 of the price.
    private const int HestonSteps = 16;
    private const int LocalVolatilitySteps = 32;

    private static readonly Convergence Stratified = new(
        1,
        "order 1 to 3/2 with one stratified coordinate, order 1 with two"
    );

    private static readonly Convergence Plain = new(
        0.5,
        "order 1/2 in the number of paths, down to the error of 16 time steps"
    );

    public MethodCard Card { get; } =
        new(
            "mc",
            "Monte Carlo, stratified and antithetic",
            "P. P. Boyle (1977), J. Financial Economics 4, 323-338; P. Glasserman (2003), Monte Carlo Methods in "
                + "Financial Engineering; J. K. Salmon et al. (2011), SC'11 (random numbers)"
        );

    public string? WhyNot(Problem problem) =>
        problem.Contract switch
        {
            AmericanPut or AmericanCall =>
                "This method does not support early exercise, because it does not estimate the continuation value. Use "
                    + "the 'lsm' method.",
            _ => null,
        };

    public WorkPlan Plan(Problem problem)
    {
        var (paths, convergence) = (problem.Model, problem.Quantity) switch
        {
            (Heston, _) => (1 << 17, Plain),
            (LocalVolatility { DependsOnSpot: true }, _) => (1 << 19, Plain),
            (LocalVolatility, _) => (1 << 16, Plain),
            (BlackScholes, Quantity.Delta) => (1 << 16, Stratified),
            (BlackScholes or DividendBlackScholes, _) => (1 << 15, Stratified),
            _ => (1 << 17, Stratified),
        };
        return new WorkPlan("paths", 1024, Most, paths, convergence)
        {
            Target = 1e-3,
            Structure = problem switch
            {
                { Contract: UpAndOutCall } =>
                    "The path to maturity is a single Brownian bridge, whose maximum has a known distribution.",
                { Model: Heston } => "Given the path of the variance, the price is a Black-Scholes price.",
                _ => null,
            },
        };
    }

    public string? Estimate(Problem problem, int work, int seed, Span<double> values, Span<double> standardErrors) =>
        (problem.Contract, problem.Model) switch
        {
            (EuropeanCall call, Heston model) => HestonCall(
                call,
                model,
                problem.Points.Spots,
                work,
                seed,
                values,
                standardErrors
            ),
            (EuropeanCall call, LocalVolatility model) => LocalVolatilityCall(
                call,
                model,
                problem.Points.Spots,
                work,
                seed,
                values,
                standardErrors
            ),
            (UpAndOutCall call, BlackScholes model) => Mean(
                new BarrierBridgeCall(call, model, [.. problem.Points.Spots]),
                1,
                work,
                (uint)seed,
                problem.Points.Spots,
                values,
                standardErrors
            ),
            _ => Terminal(problem, work, seed, values, standardErrors),
        };

    private static string? Terminal(Problem problem, int work, int seed, Span<double> values, Span<double> errors)
    {
        if (problem.Contract is EuropeanCall call && problem.Model is BlackScholes or DividendBlackScholes)
        {
            var shifted = new ShiftedCall(problem.Quantity, call, problem.Model, problem.Points.Spots);
            if (Mean(shifted, 1, work, (uint)seed, problem.Points.Spots, values, errors) is { } violation)
                return violation;

            for (var i = 0; i < values.Length; i++)
                values[i] += shifted.Known(i);

            return null;
        }

        var (terminal, reason) = TerminalCall.Of(problem);
        return terminal is null
            ? reason
            : Mean(terminal, terminal.Dimensions, work, (uint)seed, problem.Points.Spots, values, errors);
    }

    private static string? HestonCall(
        EuropeanCall call,
        Heston model,
        ReadOnlySpan<double> spots,
        int work,
        int seed,
        Span<double> values,
        Span<double> errors
    )
    {
        var half = new double[values.Length];
        var halfErrors = new double[values.Length];
        if (
            Mean(new HestonPaths(call, model, spots, HestonSteps), 0, work, (uint)seed, spots, values, errors) is
            { } reason
        )
            return reason;

        if (
            Mean(
                new HestonPaths(call, model, spots, HestonSteps / 2),
                0,
                work / 2,
                ~(uint)seed,
                spots,
                half,
                halfErrors
            ) is
            { } other
        )
            return other;

        var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
        for (var i = 0; i < values.Length; i++)
        {
            var parity = spots[i] - strike;
            var noise = 4 * (errors[i] + halfErrors[i]);
            if (StepError.Violation(values[i], half[i], noise, parity, strike, 4) is { } coarse)
                return coarse;

            values[i] += parity;
        }

        return null;
    }

    private static string? LocalVolatilityCall(
        EuropeanCall call,
        LocalVolatility model,
        ReadOnlySpan<double> spots,
        int work,
        int seed,
        Span<double> values,
        Span<double> errors
    )
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (LocalReach.Of(model, spots[i], call.Maturity) is not { } reach)
                return "In the wings of the volatility surface, the standard deviation of the log-price over the "
                    + "option's life is so large that time steps cannot resolve the path.";

            var strike = call.Strike * Math.Exp(-model.Rate * call.Maturity);
            var fine = new LocalVolatilityPaths(call, model, spots[i], reach, LocalVolatilitySteps);
            var half = new LocalVolatilityPaths(call, model, spots[i], reach, LocalVolatilitySteps / 2);
            var value = values.Slice(i, 1);
            var error = errors.Slice(i, 1);
            if (Mean(fine, 2, work, (uint)seed, spots[i..], value, error) is { } reason)
                return reason;

            double[] other = [0];
            double[] otherError = [0];
            if (Mean(half, 2, work / 2, ~(uint)seed, spots[i..], other, otherError) is { } coarseReason)
                return coarseReason;

            var parity = fine.IsPut ? spots[i] - strike : 0;
            value[0] *= strike;
            error[0] *= strike;
            var noise = 4 * (error[0] + (strike * otherError[0]));
            if (StepError.Violation(value[0], strike * other[0], noise, parity, strike, 4) is { } coarse)
                return coarse;

            value[0] += parity;
        }

        return null;
    }

    private static string? Mean(
        IIntegrand integrand,
        int stratified,
        int work,
        uint seed,
        ReadOnlySpan<double> spots,
        Span<double> values,
        Span<double> errors
    )
    {
        var effective = new double[values.Length];
        ReplicatedMean.Estimate(
            integrand,
            Replicates,
            replicate => new StratifiedPoints(
                integrand.Dimensions,
                stratified,
                work / Replicates,
                seed,
                (uint)replicate
            ),
            values,
            errors,
            effective
        );
        return SampleChecks.Violation(effective, spots);
    }
}
