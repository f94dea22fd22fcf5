using System.Numerics;
using Headrace.Apps.Benchop.Problems;

namespace Headrace.Apps.Benchop.Methods.Multilevel;

/// <summary>
/// Multilevel Monte Carlo with a fixed allocation. Level l has 2^(-3l/2) times as many paths as level 0, which is
/// optimal if the variance of the corrections is proportional to the square of the step. The number of levels grows
/// with the logarithm of the number of paths.
/// </summary>
internal sealed class MultilevelMethod : ISamplingMethod
{
    public MethodCard Card { get; } =
        new(
            "mlmc",
            "Multilevel Monte Carlo, fixed allocation",
            "M. B. Giles (2008), Multilevel Monte Carlo path simulation, Oper. Res. 56, 607-617; M. B. Giles (2008), "
                + "Improved multilevel Monte Carlo convergence using the Milstein scheme, MCQMC 2006, 343-358"
        );

    public string? WhyNot(Problem problem) => MultilevelCoverage.WhyNot(problem);

    public WorkPlan Plan(Problem problem) =>
        new(
            "paths of the coarsest level",
            4096,
            1 << 26,
            problem.Model switch
            {
                Models.Heston => 1 << 20,
                Models.Merton or Models.TwoAssetBlackScholes => 1 << 19,
                _ => 1 << 18,
            },
            new Convergence(0.5, "order 1/2 in the number of paths, faster where the end of the path is stratified")
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

        var count = Math.Clamp((BitOperations.Log2((uint)work) / 2) - 4, 2, 8) + 1;
        var means = new LevelMean[count];
        for (var level = 0; level < count; level++)
        {
            means[level] = new LevelMean(levels.Points);
            levels.Estimate(level, (int)Math.Ceiling(work * Math.Pow(2, -1.5 * level)), 0, means[level]);
        }

        return levels.Combine(means, MultilevelCoverage.Target, values, standardErrors);
    }
}
