using System.Text.Json;
using Headrace.Apps.Benchop;
using Headrace.Apps.Benchop.Commands;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Benchop.Tests.Ranking;
using Headrace.Protocol.Json;
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

    [Fact]
    public void The_start_of_an_Octave_process_does_not_count_against_the_time_limit_of_its_cell()
    {
        var octave = OctaveMethods.Of([
            new MethodReply("benchop.mine.bseucallui", 1, JsonElement.Parse("true"), Workers: 1),
        ]);
        var task = new CellTask(BenchopTask.Tune) { Limit = TimeSpan.FromSeconds(6) };

        var cells = BenchopStudy.Many("1a", "cos,mine", "", task, octave);

        Assert.Equal(
            [TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(21)],
            cells.Select(cell => cell.Submission.TimeLimit!.Value)
        );
        Assert.All(cells, cell => Assert.Equal(0, cell.Submission.Retries));
    }

    [Fact]
    public void A_cell_without_a_price_states_the_reason_on_its_line()
    {
        var empty = Cell.Empty("1a-I", "mine", null, "Job 7 failed: timeout.\nMore.");
        var doubtful = Cells.Missed("1a-I", "cos", 0) with { Error = null, Reason = "There is no reference." };

        Assert.Equal("empty: Job 7 failed: timeout.", CellText.Brief(empty));
        Assert.Equal("no error: There is no reference.", CellText.Brief(doubtful));
        Assert.Equal("error 1.0E-5, 7 us", CellText.Brief(Cells.Timed("1a-I", "cos", 7)));
    }
}
