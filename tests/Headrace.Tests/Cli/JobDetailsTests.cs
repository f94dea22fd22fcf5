using Headrace.Cli.Output;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class JobDetailsTests
{
    private static readonly DateTimeOffset Submitted = new(2030, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_stack_trace_is_printed_line_by_line_and_none_of_its_lines_looks_like_another_value()
    {
        var lines = Print(new ErrorReply("IOException", "disk full", "at A()\r\n  at B()\nstate        succeeded\n"));

        Assert.Equal(
            ["detail       at A()", "               at B()", "             state        succeeded"],
            lines.SkipWhile(line => !line.StartsWith("detail", StringComparison.Ordinal)).Take(3)
        );
        Assert.Single(lines, line => line.StartsWith("state ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_durations_of_the_wait_and_the_run_are_printed()
    {
        var lines = Print(error: null);

        Assert.Contains("waited       1 min 5 s", lines);
        Assert.Contains("ran          2.5 s", lines);
    }

    [Fact]
    public void A_job_that_ended_before_its_start_was_reported_has_no_start()
    {
        var lines = Print(error: null, started: false);

        Assert.DoesNotContain(lines, line => line.StartsWith("started", StringComparison.Ordinal));
        Assert.Contains("ran          3 s", lines);
    }

    private static string[] Print(ErrorReply? error, bool started = true)
    {
        var output = new StringWriter { NewLine = "\n" };
        JobDetails.Write(
            new Terminal("test", output, TextWriter.Null, false, false),
            new JobReply
            {
                Id = "42",
                State = "failed",
                Reason = "exhausted",
                Queue = "default",
                Method = "noop@1",
                Submitted = Submitted,
                Claimed = Submitted.AddSeconds(65),
                Started = started ? Submitted.AddSeconds(65.5) : null,
                Ended = Submitted.AddSeconds(68),
                Error = error,
            }
        );
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
