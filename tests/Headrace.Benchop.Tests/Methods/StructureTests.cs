using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

/// <summary>
/// The cells that use structure according to the criterion in <see cref="WorkPlan.Structure"/>. The list is complete:
/// every other cell is general.
/// </summary>
public sealed class StructureTests
{
    private static readonly Dictionary<string, string> Expected = new()
    {
        ["1a"] = "closed",
        ["1a-delta"] = "closed",
        ["1a-gamma"] = "closed",
        ["1a-vega"] = "closed",
        ["1b"] = "fgl alo qmc lsm",
        ["1c"] = "closed cos mc",
        ["2a"] = "closed",
        ["2b"] = "quadrature fgl",
        ["3-I"] = "",
        ["3-II"] = "closed",
        ["4"] = "mc mlmc mlmca",
        ["slv-heston"] = "mc mlmc",
        ["5"] = "series",
        ["6"] = "closed fft fgl",
    };

    [Fact]
    public void Every_cell_is_labelled_by_the_criterion()
    {
        foreach (var definition in ProblemCatalogue.All)
        {
            var problem = ProblemCatalogue.Default(definition.Id);
            var plans = MethodCatalogue
                .All.Where(m => m.WhyNot(problem) is null)
                .Select(m => (m.Card.Name, m.Plan(problem).Structure))
                .ToList();

            var labelled = plans.Where(p => p.Structure is not null).Select(p => p.Name).Order();

            var key = Expected
                .Keys.Where(k => definition.Id.StartsWith(k, StringComparison.Ordinal))
                .MaxBy(k => k.Length)!;
            var expected = Expected[key].Split(' ', StringSplitOptions.RemoveEmptyEntries).Order();
            Assert.True(
                expected.SequenceEqual(labelled),
                $"{definition.Id}: {string.Join(' ', labelled)} instead of {Expected[key]}"
            );
            Assert.All(plans, p => Assert.True(p.Structure is null || p.Structure.EndsWith('.'), p.Structure));
        }
    }

    [Fact]
    public void The_page_states_which_cells_use_structure()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "apps", "benchop.md"));

        foreach (var (problem, methods) in Expected.Where(e => e.Value.Length > 0))
            if (!problem.StartsWith("1a-", StringComparison.Ordinal))
                Assert.Contains(
                    $"| {problem} | {string.Join(", ", methods.Split(' ').Select(m => $"`{m}`"))} |",
                    page,
                    StringComparison.Ordinal
                );
    }
}
