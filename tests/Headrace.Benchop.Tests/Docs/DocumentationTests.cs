using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Problems;
using Xunit;

namespace Headrace.Benchop.Tests.Docs;

public sealed class DocumentationTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "apps", "benchop.md"));

    [Fact]
    public void The_example_on_the_page_is_the_method_that_runs_here()
    {
        var file = File.ReadAllText(
            Path.Combine(Repository.Root, "tests", "Headrace.Benchop.Tests", "Docs", "MidpointMethod.cs")
        );
        var type = file[file.IndexOf("internal sealed class", StringComparison.Ordinal)..].Trim();

        Assert.Contains(type, Page, StringComparison.Ordinal);
        Assert.InRange(type.Split('\n').Count(line => line.Trim().Length > 0), 1, 20);
    }

    [Fact]
    public void The_example_on_the_page_prices_and_is_measured_like_any_other()
    {
        var run = new CellRun(TimeProvider.System, new MeasureOptions { Time = false });

        var priced = run.Run(
            new MidpointMethod(),
            ProblemCatalogue.Default("1a"),
            TestContext.Current.CancellationToken
        );
        var refused = run.Run(
            new MidpointMethod(),
            ProblemCatalogue.Default("4"),
            TestContext.Current.CancellationToken
        );

        Assert.True(priced.Met, $"error {priced.Error}");
        Assert.Contains("example", refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_and_every_method_is_on_the_page()
    {
        Assert.All(ProblemCatalogue.All, d => Assert.Contains($"`{d.Id}`", Page, StringComparison.Ordinal));
        Assert.All(MethodCatalogue.All, m => Assert.Contains($"`{m.Card.Name}`", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_setting_is_on_the_page()
    {
        foreach (var definition in ProblemCatalogue.All)
            Assert.All(definition.Settings, s => Assert.Contains($"`{s.Name}`", Page, StringComparison.Ordinal));
    }
}
