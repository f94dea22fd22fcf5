using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Multilevel;

/// <summary>
/// Multilevel Monte Carlo with an adaptive allocation. A pilot run estimates the variance of each level. The variances
/// determine how many paths each level needs to achieve the requested standard error. Levels are added until the last
/// correction is small enough.
/// </summary>
internal sealed class AdaptiveMultilevelMethod : ISamplingMethod
{
    private const int PilotPaths = 1 << 13;

    private const int FirstLevels = 3;

    private const int MaxLevels = 9;

    private const int MaxPaths = 1 << 26;

    public MethodCard Card { get; } =
        new(
            "mlmca",
            "Multilevel Monte Carlo, adaptive allocation",
            "M. B. Giles (2008), Multilevel Monte Carlo path simulation, Oper. Res. 56, 607-617"
        );

    public string? WhyNot(Problem problem) =>
        MultilevelCoverage.WhyNot(problem)
        ?? (
            problem.Model is Heston heston
            && 2 * heston.Reversion * heston.LongVariance < heston.VolOfVol * heston.VolOfVol
                ? "The variance can reach zero, because 2 * kappa * theta is less than sigma squared. The level "
                    + "corrections then decrease so slowly that the method would need too many levels. Use the 'cos' "
                    + "method."
                : null
        );

    public WorkPlan Plan(Problem problem) =>
        new(
            "value per standard error",
            100,
            100_000,
            3_000,
            new Convergence(1, "order 1: the work parameter is the reciprocal of the relative standard error")
        )
        {
            Target = MultilevelCoverage.Target,
            Structure = MultilevelCoverage.Structure(problem),
            Obstacle = MultilevelCoverage.Obstacle(problem),
        };

    public string? Estimate(Problem problem, int work, int seed, Span<double> values, Span<double> standardErrors)
    {
        var (levels, reason) = LevelHierarchy.Of(problem, seed);
        if (levels is null)
            return reason;

        var means = new List<LevelMean>();
        var paths = new List<int>();
        var tolerances = new double[values.Length];
        while (true)
        {
            var needed = Math.Max(FirstLevels, means.Count + 1);
            while (means.Count < needed)
            {
                means.Add(new LevelMean(levels.Points));
                paths.Add(PilotPaths);
                levels.Estimate(means.Count - 1, PilotPaths, 0, means[^1]);
            }

            if (levels.Combine(means, double.PositiveInfinity, values, standardErrors) is { } refusal)
                return refusal;

            for (var i = 0; i < values.Length; i++)
                tolerances[i] = (Math.Abs(values[i]) + (1e-4 * problem.Points.Spots[i])) / work;

            Refine(levels, means, paths, tolerances, (uint)means.Count);
            if (means.Count == MaxLevels || Resolved(means[^1], tolerances))
                return levels.Combine(means, MultilevelCoverage.Target, values, standardErrors);
        }
    }

    /// <summary>Repeats the estimate of every level that needs more paths than were used for it.</summary>
    private static void Refine(
        LevelHierarchy levels,
        List<LevelMean> means,
        List<int> paths,
        double[] tolerances,
        uint round
    )
    {
        var wanted = new double[means.Count];
        for (var i = 0; i < tolerances.Length; i++)
        {
            double sum = 0;
            for (var level = 0; level < means.Count; level++)
                sum += Math.Sqrt(Variance(level, i) * Cost(level));

            for (var level = 0; level < means.Count; level++)
                wanted[level] = Math.Max(
                    wanted[level],
                    Math.Sqrt(Variance(level, i) / Cost(level)) * sum / (tolerances[i] * tolerances[i])
                );
        }

        for (var level = 0; level < means.Count; level++)
            if (wanted[level] > 1.1 * paths[level])
            {
                paths[level] = (int)Math.Min(wanted[level], MaxPaths >> level);
                levels.Estimate(level, paths[level], round, means[level]);
            }

        // The last correction is counted twice, so its variance counts four times.
        double Variance(int level, int point) =>
            (level == means.Count - 1 ? 4 : 1) * paths[level] * means[level].Errors[point] * means[level].Errors[point];

        double Cost(int level) => levels.FirstSteps << level;
    }

    /// <summary>
    /// Returns true if the last correction is small enough. Counting it twice removes the error of first order, and the
    /// remaining error is only a fraction of the correction.
    /// </summary>
    private static bool Resolved(LevelMean last, double[] tolerances)
    {
        for (var i = 0; i < tolerances.Length; i++)
            if (Math.Abs(last.Values[i]) > 4 * tolerances[i])
                return false;

        return true;
    }
}
