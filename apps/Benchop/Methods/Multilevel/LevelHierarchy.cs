using System.Globalization;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Numerics.Sampling;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Multilevel;

/// <summary>
/// The levels of one problem: level l has twice as many time steps as level l - 1, and its correction is estimated from
/// its own random numbers.
/// </summary>
internal sealed class LevelHierarchy
{
    private const int Replicates = 32;

    private const int MaxFirstSteps = 32;

    private readonly Problem _problem;
    private readonly LognormalTerms? _terms;
    private readonly int _stratified;
    private readonly uint _seed;

    private LevelHierarchy(Problem problem, LognormalTerms? terms, int firstSteps, int stratified, uint seed)
    {
        _problem = problem;
        _terms = terms;
        FirstSteps = firstSteps;
        _stratified = stratified;
        _seed = seed;
    }

    public int FirstSteps { get; }

    public int Points => _problem.Points.Count;

    public static (LevelHierarchy? Hierarchy, string? Reason) Of(Problem problem, int seed)
    {
        LognormalTerms? terms = null;
        int first;
        int stratified;
        if (problem.Model is Heston heston)
        {
            first = 4;
            while (first < heston.Reversion * problem.Contract.Maturity * 2 && first <= MaxFirstSteps)
                first *= 2;

            stratified = 1;
        }
        else
        {
            (terms, var reason) = LognormalTerms.Of(problem);
            if (terms is null)
                return (null, reason);

            first = terms.MinSteps;
            stratified = terms.Assets + terms.JumpCoordinates;
        }

        return first > MaxFirstSteps
            ? (
                null,
                $"The coarsest level would need more than {MaxFirstSteps} time steps. Reduce T, the volatility or the "
                    + $"speed of mean reversion."
            )
            : (new LevelHierarchy(problem, terms, first, stratified, (uint)seed), null);
    }

    /// <summary>Estimates the correction of a level; level 0 is the value itself.</summary>
    /// <param name="round">Estimates of different rounds are independent.</param>
    public void Estimate(int level, int paths, uint round, LevelMean mean)
    {
        var steps = FirstSteps << level;
        IIntegrand integrand = _terms is null
            ? new HestonLevel(
                (EuropeanCall)_problem.Contract,
                (Heston)_problem.Model,
                _problem.Points.Spots,
                steps,
                level == 0
            )
            : new LognormalLevel(_terms, steps, level == 0);
        ReplicatedMean.Estimate(
            integrand,
            Replicates,
            replicate => new StratifiedPoints(
                integrand.Dimensions,
                _stratified,
                Math.Max(8, paths / Replicates),
                _seed,
                (uint)((((round * 32) + level) * Replicates) + replicate)
            ),
            mean.Values,
            mean.Errors,
            mean.Effective
        );
    }

    /// <summary>
    /// Adds the corrections of all levels. The weak error is of first order in the step, so the missing corrections
    /// beyond the last level add up to about the last correction, which is therefore counted twice.
    /// </summary>
    public string? Combine(IReadOnlyList<LevelMean> levels, double target, Span<double> values, Span<double> errors)
    {
        if (SampleChecks.Violation(levels[0].Effective, _problem.Points.Spots) is { } reason)
            return reason;

        for (var i = 0; i < Points; i++)
        {
            double value = 0;
            double variance = 0;
            for (var level = 0; level < levels.Count; level++)
            {
                var weight = level == levels.Count - 1 ? 2 : 1;
                value += weight * levels[level].Values[i];
                variance += weight * weight * levels[level].Errors[i] * levels[level].Errors[i];
            }

            var strike = _problem.Contract is EuropeanCall call ? call.Strike : _problem.Points.SecondSpots[i];
            values[i] = value + Known(i, strike);
            errors[i] = Math.Sqrt(variance);

            // If the error is of first order, the last correction is half the one before it. Any deviation from this
            // measures the error of the extrapolation.
            var rest = Math.Abs(levels[^1].Values[i] - (0.5 * levels[^2].Values[i]));
            var noise = 4 * (levels[^1].Errors[i] + levels[^2].Errors[i]);
            if (rest - noise > target * (Math.Abs(values[i]) + (1e-4 * strike)))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"With {FirstSteps << (levels.Count - 1)} time steps, the level corrections do not yet decrease at "
                        + $"the expected rate, so the price is not resolved."
                );
        }

        return null;
    }

    /// <summary>Returns the amount by which the price of the call exceeds the sum of the levels.</summary>
    private double Known(int point, double strike)
    {
        if (_terms is { } terms)
            return terms.Parity(point);

        var (call, model) = ((EuropeanCall)_problem.Contract, (Heston)_problem.Model);
        var spot = _problem.Points.Spots[point];
        return spot - (strike * Math.Exp(-model.Rate * call.Maturity)) - HestonLevel.Hedge(call, model, spot);
    }
}

/// <summary>The correction of a level at each evaluation point, with its standard error.</summary>
internal sealed class LevelMean(int points)
{
    public double[] Values { get; } = new double[points];

    public double[] Errors { get; } = new double[points];

    public double[] Effective { get; } = new double[points];
}
