using Headrace.Apps.Benchop;
using Headrace.Apps.Benchop.Commands;
using Xunit;

namespace Headrace.Benchop.Tests.Commands;

public sealed class CellRequestTests
{
    [Theory]
    [InlineData(0, null)]
    [InlineData(0.09, null)]
    [InlineData(0.25, 2)]
    [InlineData(2.6, 26)]
    [InlineData(600, 50)]
    public void A_cell_that_an_earlier_run_found_slow_runs_before_the_others(double seconds, int? priority)
    {
        var cell = BenchopStudy.Many("1a", "mlmc", "", new CellTask(BenchopTask.Tune), [])[0];

        Assert.Equal(priority, (cell with { CallSeconds = seconds }).Submission.Priority);
    }
}
