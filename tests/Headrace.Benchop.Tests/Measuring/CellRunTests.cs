using System.Text.Json;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Xunit;

namespace Headrace.Benchop.Tests.Measuring;

public sealed class CellRunTests
{
    private static readonly MeasureOptions ErrorOnly = new() { Time = false };

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
    public void Cells_are_ranked_by_time_apart_for_methods_that_use_structure()
    {
        var table = new BenchopTable([
            Timed("a", false, 5),
            Timed("b", false, 2),
            Timed("c", true, 1),
            Timed("d", false, 1) with
            {
                Met = false,
            },
            Cell.Empty("1a-I", "e", false, "No."),
        ]);

        Assert.Equal(["b", "a"], table.Ranked("1a-I", usesStructure: false).Select(c => c.Method));
        Assert.Equal(["c"], table.Ranked("1a-I", usesStructure: true).Select(c => c.Method));
        Assert.Equal("No.", table.At("1a-I", "e")!.Reason);

        static Cell Timed(string method, bool structure, double time) =>
            new(
                "1a-I",
                method,
                structure,
                "n",
                1,
                [1],
                1e-5,
                true,
                new Timing(time, time, 0.01, 11, 100, true),
                null,
                14
            );
    }

    private static Cell Run(IPricingMethod method, string id, MeasureOptions options, string settings = "") =>
        new CellRun(TimeProvider.System, options).Run(
            method,
            ProblemCatalogue.Resolve(id, settings).Problem!,
            TestContext.Current.CancellationToken
        );
}
