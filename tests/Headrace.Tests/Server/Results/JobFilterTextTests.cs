using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Server.Results;
using Xunit;

namespace Headrace.Tests.Server.Results;

public sealed class JobFilterTextTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    public void An_empty_filter_selects_every_job(string? text) => Assert.Equal(JobFilter.Everything, Read(text));

    [Fact]
    public void Every_qualifier_is_parsed() =>
        Assert.Equal(
            new JobFilter
            {
                State = JobState.Failed,
                Reason = FailReason.TooLarge,
                Queue = new QueueName("eu"),
                Method = new MethodName("sha512"),
                Worker = new WorkerName("w-1"),
                Owner = "Ada:L",
            },
            Read("state:failed  reason:too-large queue:eu method:sha512 worker:w-1 owner:Ada:L")
        );

    [Theory]
    [InlineData(
        "state:done",
        "'done' is not a job state. Valid states: blocked, scheduled, ready, running, succeeded, failed, cancelled."
    )]
    [InlineData(
        "state:none",
        "'none' is not a job state. Valid states: blocked, scheduled, ready, running, succeeded, failed, cancelled."
    )]
    [InlineData(
        "reason:bad",
        "'bad' is not a failure reason. Valid reasons: error, exhausted, timeout, rejected, deadline, "
            + "dependency, lost, poison, too-large."
    )]
    [InlineData(
        "queue:EU",
        "'EU' is not a valid queue name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', starting "
            + "with a letter or digit."
    )]
    [InlineData(
        "method:sha512@1",
        "'sha512@1' is not a valid method name for a filter. Use 1 to 64 characters from a-z, 0-9, '.', '_' "
            + "and '-', starting with a letter or digit, without a version."
    )]
    [InlineData(
        "worker:*",
        "'*' is not a valid worker name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', starting "
            + "with a letter or digit."
    )]
    [InlineData(
        "colour:red",
        "There is no filter qualifier 'colour'. Valid qualifiers: state, reason, queue, method, worker, owner."
    )]
    [InlineData(
        "tag:run=7",
        "The filter qualifier 'tag' is not supported in this version. Valid qualifiers: state, reason, "
            + "queue, method, worker, owner."
    )]
    [InlineData(
        "age:>1h",
        "The filter qualifier 'age' is not supported in this version. Valid qualifiers: state, reason, "
            + "queue, method, worker, owner."
    )]
    [InlineData(
        "failed",
        "The filter term 'failed' does not have the form qualifier:value. Valid qualifiers: state, reason, "
            + "queue, method, worker, owner."
    )]
    [InlineData(
        "state:",
        "The filter term 'state:' does not have the form qualifier:value. Valid qualifiers: state, reason, "
            + "queue, method, worker, owner."
    )]
    [InlineData(
        ":failed",
        "The filter term ':failed' does not have the form qualifier:value. Valid qualifiers: state, reason, "
            + "queue, method, worker, owner."
    )]
    [InlineData("state:failed state:ready", "The filter contains 'state' twice. Use each qualifier at most once.")]
    public void An_invalid_filter_term_is_rejected_with_the_valid_choices(string text, string detail)
    {
        Assert.False(JobFilterText.Read(text).TryGet(out _, out var problem));
        Assert.Equal((400, detail), (problem.Kind.Status, problem.Detail));
    }

    private static JobFilter Read(string? text)
    {
        Assert.True(JobFilterText.Read(text).TryGet(out var filter, out var problem), problem?.Detail);
        return filter;
    }
}
