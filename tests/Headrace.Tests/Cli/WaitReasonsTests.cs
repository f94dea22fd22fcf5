using Headrace.Cli.Commands;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class WaitReasonsTests
{
    private readonly List<string> _notes = [];

    [Fact]
    public void A_reason_is_told_once_and_again_when_it_changes_apart_from_its_numbers()
    {
        var reasons = new WaitReasons(_notes.Add);

        reasons.Show(Job("ready", "Waiting for a free slot: 3 jobs are ready."));
        reasons.Show(Job("ready", "Waiting for a free slot: 12 jobs are ready."));
        reasons.Show(Job("ready", "No running worker offers sleeper. Start a worker that does."));
        reasons.Show(Job("running", "Running on worker w, attempt 1."));

        Assert.Equal(
            [
                "Job 42: Waiting for a free slot: 3 jobs are ready.",
                "Job 42: No running worker offers sleeper. Start a worker that does.",
                "Job 42: Running on worker w, attempt 1.",
            ],
            _notes
        );
    }

    [Fact]
    public void A_job_that_runs_from_the_start_needs_no_message()
    {
        new WaitReasons(_notes.Add).Show(Job("running", "Running on worker w, attempt 1."));

        Assert.Empty(_notes);
    }

    private static JobReply Job(string state, string why) =>
        new()
        {
            Id = "42",
            State = state,
            Queue = "default",
            Method = "sleeper@1",
            Why = why,
        };
}
