using System.Text.Json;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Models;
using Headrace.Apps.Benchop.Problems;
using Xunit;

namespace Headrace.Benchop.Tests.Measuring;

public sealed class CellRunTests
{
    private static readonly MeasureOptions ErrorOnly = new() { Time = false };

    /// <summary>A barrier option under a jump model. No reference is computed for this problem.</summary>
    private static readonly Problem WithoutReference = new(
        "none",
        new UpAndOutCall(100, 125, 1),
        new Merton(0.03, 0.15, 0.4, -0.5, 0.4),
        Quantity.Price,
        new Points([90])
    );

    [Fact]
    public void Tuning_finds_the_smallest_work_that_meets_the_target()
    {
        var options = ErrorOnly with { Tune = true };

        var coarse = Run(new SlowlyRight(), "1a", options);
        var fine = Run(new SlowlyRight(), "1a", options with { Target = 1e-6 });

        Assert.InRange(coarse.Work!.Value, 100, 104);
        Assert.InRange(fine.Work!.Value, 1000, 1033);
        Assert.True(coarse.Met && fine.Met);
        Assert.Null(coarse.Reason);
    }

    [Fact]
    public void A_target_out_of_reach_gives_the_best_error_and_a_reason()
    {
        var cell = Run(new SlowlyRight(most: 50), "1a", ErrorOnly with { Tune = true });

        Assert.False(cell.Met);
        Assert.Equal(50, cell.Work);
        Assert.Equal(4e-4, cell.Error!.Value, 1e-7);
        Assert.Contains("misses the target 1E-4", cell.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, null, null, "misses the target 1E-4. The method accepts no larger work parameter.")]
    [InlineData(true, null, "The grid is coarse.", "misses the target 1E-4. The grid is coarse.")]
    [InlineData(false, 20, null, "misses the target 1E-4. Try a larger work parameter.")]
    [InlineData(true, 20, null, "A larger work parameter would exceed the time allowed for the search.")]
    public void A_cell_that_misses_its_target_states_why(bool tune, int? work, string? obstacle, string end)
    {
        var cell = Run(new SlowlyRight(most: 50, obstacle), "1a", ErrorOnly with { Tune = tune, Work = work });

        Assert.False(cell.Met);
        Assert.EndsWith(end, cell.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sampling_method_that_meets_only_its_own_target_states_it()
    {
        var cell = Run(MethodCatalogue.Find("mc")!, "6", ErrorOnly with { Work = 500_000, Target = 1e-6 });

        Assert.EndsWith(
            "It meets 1E-3, the target that the method is designed for, because its error decreases slowly.",
            cell.Reason,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("rbf", "1b-I")]
    [InlineData("qmc", "1b-I")]
    [InlineData("adi", "slv-heston")]
    [InlineData("fdnu", "slv-heston")]
    [InlineData("mlmc", "slv-heston")]
    [InlineData("rbf", "slv-heston")]
    [InlineData("rbfpum", "slv-heston")]
    public void A_cell_that_is_hard_for_its_method_names_the_obstacle(string method, string problem) =>
        Assert.EndsWith(
            ".",
            MethodCatalogue.Find(method)!.Plan(ProblemCatalogue.Default(problem)).Obstacle,
            StringComparison.Ordinal
        );

    [Fact]
    public void An_error_smaller_than_the_reference_is_sure_of_is_not_called_met()
    {
        // The reference for the Gamma of set II is accurate to only about 12 digits. This method reproduces the first
        // of the two reference computations exactly.
        var cell = Run(
            new SlowlyRight(most: 1_000_000_000),
            "1a-gamma-II",
            ErrorOnly with
            {
                Target = 1e-14,
                Work = 1_000_000_000,
            }
        );

        Assert.InRange(cell.Error!.Value, 0, 1e-14);
        Assert.False(cell.Met);
        Assert.Contains($"agree to only {cell.ReferenceDigits} digits", cell.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_given_work_is_used_as_it_is()
    {
        var cell = Run(new SlowlyRight(), "1a", ErrorOnly with { Tune = true, Work = 20 });

        Assert.Equal(20, cell.Work);
        Assert.Equal(1.0 / 400, cell.Error!.Value, 1e-9);
    }

    [Fact]
    public void An_empty_cell_has_its_reason_and_no_number()
    {
        var cell = Run(new SlowlyRight(), "1b", ErrorOnly);

        Assert.Equal("The method prices only European calls.", cell.Reason);
        Assert.Null(cell.Error);
        Assert.Null(cell.Work);
        Assert.Empty(cell.Values);
    }

    [Fact]
    public void A_refused_work_parameter_makes_an_empty_cell()
    {
        var cell = Run(new SlowlyRight(), "1a", ErrorOnly with { Work = 0 });

        Assert.Contains("work=0", cell.Reason, StringComparison.Ordinal);
        Assert.Null(cell.Error);
    }

    [Fact]
    public void A_reference_of_zero_has_no_relative_error()
    {
        var cell = Run(MethodCatalogue.Find("closed")!, "1a", ErrorOnly, "S=1,sigma=0.01");

        Assert.Null(cell.Error);
        Assert.False(cell.Met);
        Assert.Contains("no relative error can be computed", cell.Reason, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_whole_table_is_JSON_without_NaN()
    {
        var run = new CellRun(TimeProvider.System, ErrorOnly);
        var cells = new List<Cell>();
        foreach (var definition in ProblemCatalogue.All)
            cells.AddRange(
                MethodCatalogue.All.Select(m =>
                    run.Run(m, ProblemCatalogue.Default(definition.Id), TestContext.Current.CancellationToken)
                )
            );

        var json = JsonSerializer.Serialize(cells);

        Assert.DoesNotContain("NaN", json, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", json, StringComparison.Ordinal);
        Assert.All(cells, c => Assert.True(c.Met || c.Reason is not null, $"{c.Problem} {c.Method}"));
        Assert.Equal(cells.Count, JsonSerializer.Deserialize<List<Cell>>(json)!.Count);
    }

    [Fact]
    public void A_price_without_a_judgement_needs_no_reference()
    {
        var cell = new CellRun(TimeProvider.System, ErrorOnly with { Judge = false }).Run(
            new Constant(7),
            WithoutReference,
            TestContext.Current.CancellationToken
        );

        Assert.Equal([7], cell.Values);
        Assert.Equal((null, null, null, false), (cell.Error, cell.Reason, cell.ReferenceDigits, cell.Met));
    }

    [Fact]
    public void A_reference_that_refuses_costs_the_error_and_not_the_price()
    {
        foreach (var tune in (bool[])[false, true])
        {
            var cell = new CellRun(TimeProvider.System, new MeasureOptions { Tune = tune, MaxSeconds = 0.01 }).Run(
                new Constant(7),
                WithoutReference,
                TestContext.Current.CancellationToken
            );

            Assert.Equal([7], cell.Values);
            Assert.Equal((null, false), (cell.Error, cell.Met));
            Assert.NotNull(cell.Timing);
            Assert.Contains("There is no reference", cell.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_sampling_method_does_not_meet_a_target_by_the_luck_of_one_seed()
    {
        var problem = ProblemCatalogue.Default("6");
        var method = MethodCatalogue.Find("mc")!;
        var cells = Enumerable
            .Range(1, 20)
            .Select(seed => Cell(seed, target: 1e-15))
            .Where(cell => cell.Error < cell.StandardErrors.Select((e, i) => e / cell.Values[i]).Max())
            .ToList();
        Assert.NotEmpty(cells);
        var lucky = cells.MinBy(cell => cell.Error)!;

        var judged = Enumerable
            .Range(1, 20)
            .Select(seed => Cell(seed, lucky.Error!.Value * 1.001))
            .Single(cell => cell.Error == lucky.Error);

        Assert.False(judged.Met);
        Assert.Contains("only by chance", judged.Reason, StringComparison.Ordinal);

        Cell Cell(int seed, double target) =>
            new CellRun(TimeProvider.System, ErrorOnly with { Work = 4096, Seed = seed, Target = target }).Run(
                method,
                problem,
                TestContext.Current.CancellationToken
            );
    }

    [Fact]
    public void A_curve_has_the_error_of_each_work_around_that_of_the_cell()
    {
        var cell = Run(new SlowlyRight(), "1a", ErrorOnly with { Tune = true, Curve = true });

        var works = cell.Curve.Select(p => p.Work).ToList();
        Assert.Equal(works.Order(), works);
        Assert.Contains(cell.Work!.Value, works);
        Assert.True(works.Count >= 5, $"{works.Count} works");
        Assert.All(cell.Curve, p => Assert.Equal(1.0 / p.Work / p.Work, p.Error, 1e-9));
        Assert.All(cell.Curve, p => Assert.True(p.CpuMicroseconds >= 0));
    }

    [Fact]
    public void A_cell_that_misses_the_target_is_timed_briefly_in_a_tuned_run()
    {
        var missed = Run(new SlowlyRight(most: 50), "1a", new MeasureOptions { Tune = true, MaxSeconds = 0.05 });

        Assert.False(missed.Met);
        Assert.Equal((1, false), (missed.Timing!.Batches, missed.Timing.Steady));
    }

    private static Cell Run(IPricingMethod method, string id, MeasureOptions options, string settings = "") =>
        new CellRun(TimeProvider.System, options).Run(
            method,
            ProblemCatalogue.Resolve(id, settings).Problem!,
            TestContext.Current.CancellationToken
        );
}
