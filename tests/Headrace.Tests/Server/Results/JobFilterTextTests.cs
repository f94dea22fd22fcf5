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
    public void No_text_is_every_job(string? text) => Assert.Equal(JobFilter.Everything, Read(text));

    [Fact]
    public void Every_qualifier_is_read() =>
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
        "There is no state 'done'. There are: blocked, scheduled, ready, running, succeeded, failed, cancelled."
    )]
    [InlineData(
        "state:none",
        "There is no state 'none'. There are: blocked, scheduled, ready, running, succeeded, failed, cancelled."
    )]
    [InlineData(
        "reason:bad",
        "There is no reason 'bad'. There are: error, exhausted, timeout, rejected, deadline, dependency, lost, poison, too-large."
    )]
    [InlineData(
        "queue:EU",
        "'EU' is no name of a queue: 1 to 64 characters of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit."
    )]
    [InlineData(
        "method:sha512@1",
        "'sha512@1' is no name of a method: 1 to 64 characters of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit; the filter takes it without a version."
    )]
    [InlineData(
        "worker:*",
        "'*' is no name of a worker: 1 to 64 characters of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit."
    )]
    [InlineData(
        "colour:red",
        "There is no filter qualifier 'colour'. There are: state, reason, queue, method, worker, owner."
    )]
    [InlineData(
        "tag:run=7",
        "The filter qualifier 'tag' is part of the contract and not built yet. There are: state, reason, queue, method, worker, owner."
    )]
    [InlineData(
        "age:>1h",
        "The filter qualifier 'age' is part of the contract and not built yet. There are: state, reason, queue, method, worker, owner."
    )]
    [InlineData(
        "failed",
        "The filter term 'failed' is no qualifier:value. There are: state, reason, queue, method, worker, owner."
    )]
    [InlineData(
        "state:",
        "The filter term 'state:' is no qualifier:value. There are: state, reason, queue, method, worker, owner."
    )]
    [InlineData(
        ":failed",
        "The filter term ':failed' is no qualifier:value. There are: state, reason, queue, method, worker, owner."
    )]
    [InlineData("state:failed state:ready", "The filter has 'state' twice. A job has one; give it once.")]
    public void A_term_that_cannot_be_is_refused_with_what_exists(string text, string detail)
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
