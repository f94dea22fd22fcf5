using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Intake;
using Headrace.Tests.Server.Shards;
using Xunit;

namespace Headrace.Tests.Server.Intake;

public sealed class AdmissionTests
{
    [Fact]
    public async Task Jobs_are_sent_to_the_shards_of_their_queues_and_the_results_returned_in_order()
    {
        var admission = Over(new TwoShards(Taking(shard: 0), Taking(shard: 1)));

        var results = await admission.SubmitAsync(
            [Job("a"), Job("b"), Job("b"), Job("a")],
            TestContext.Current.CancellationToken
        );

        Assert.Equal(["1", "1-1", "1-2", "2"], results.Select(result => result.Id.ToString()));
    }

    [Fact]
    public async Task A_closed_shard_rejects_only_its_own_jobs()
    {
        var admission = Over(
            new TwoShards(
                Taking(shard: 0),
                _ => throw new MailboxClosedException("The shard is stopping.", TimeSpan.FromSeconds(1))
            )
        );

        var results = await admission.SubmitAsync([Job("b"), Job("a")], TestContext.Current.CancellationToken);

        Assert.Equal(
            new Rejection(RejectionKind.Unavailable, "The shard is stopping.") { RetryAfter = TimeSpan.FromSeconds(1) },
            results[0].Rejection
        );
        Assert.Null(results[1].Rejection);
        Assert.Equal("1", results[1].Id.ToString());
    }

    private static Admission Over(TwoShards shards) =>
        new(
            shards,
            new MethodSchemas(shards, TimeProvider.System),
            new ParamsValidator(),
            new SmallJobsFirst(new Dictionary<string, string>()),
            new FullQueueWait(TimeProvider.System)
        );

    /// <summary>A shard that accepts all jobs and numbers them starting from 1.</summary>
    private static Func<Command, Response> Taking(int shard) =>
        command => new Response.Submitted([
            .. ((Command.Submit)command).Jobs.Select(
                (_, i) => new SubmitResult(JobId.Of(shard, i + 1), JobState.Ready, null)
            ),
        ]);

    private static NewJob Job(string queue) =>
        new(
            new JobSpec
            {
                Owner = "admin",
                Method = new MethodName("noop"),
                Queue = new QueueName(queue),
            },
            default
        );
}
