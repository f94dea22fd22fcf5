using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Hosting;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;
using Headrace.Storage.Memory;
using Headrace.Tests.Storage;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Server.Jobs;

public sealed class JobFinderTests
{
    private static readonly JobId Id = new(42);

    [Fact]
    public async Task A_query_that_the_shard_rejects_is_reported_as_unavailable_and_not_as_a_missing_job()
    {
        await using var jobStore = MemoryJobStore.Create(TimeProvider.System);
        var rejection = new Rejection(RejectionKind.Unavailable, "The disk does not respond.")
        {
            RetryAfter = TimeSpan.FromSeconds(3),
        };
        var finder = new JobFinder(new SingleShardRouter(new ScriptedDoor(new Response.Rejected(rejection))), jobStore);

        var closed = await Assert.ThrowsAsync<MailboxClosedException>(() =>
            finder.FindAsync(Id, TimeSpan.Zero, TestCallers.Ada, TestContext.Current.CancellationToken)
        );

        Assert.Equal(("The disk does not respond.", TimeSpan.FromSeconds(3)), (closed.Message, closed.RetryAfter));
    }

    [Fact]
    public async Task An_unknown_job_is_not_found()
    {
        await using var jobStore = MemoryJobStore.Create(TimeProvider.System);
        var finder = new JobFinder(new SingleShardRouter(new ScriptedDoor(new Response.NotLive())), jobStore);

        Assert.Null(await finder.FindAsync(Id, TimeSpan.Zero, TestCallers.Ada, TestContext.Current.CancellationToken));
    }

    /// <summary>
    /// The shard reports that a job is no longer live only after the end of that job is in the store. If the store were
    /// read before that reply, the end might be missing.
    /// </summary>
    [Fact]
    public async Task The_store_is_read_only_after_the_shard_has_answered()
    {
        await using var jobStore = MemoryJobStore.Create(TimeProvider.System);
        var epoch = await jobStore.OpenAsync(new StoreOwner("test", 1), TestContext.Current.CancellationToken);
        var row = SampleRows.Done(Id.Value, finish: 1);
        var finder = new JobFinder(
            new SingleShardRouter(
                new ScriptedDoor(
                    new Response.NotLive(),
                    () =>
                        jobStore.CommitAsync(
                            Batches.Freeze(1, new RowChange.JobEnded(row, WasStored: false)),
                            epoch,
                            TestContext.Current.CancellationToken
                        )
                )
            ),
            jobStore
        );

        var found = await finder.FindAsync(Id, TimeSpan.Zero, TestCallers.Ada, TestContext.Current.CancellationToken);

        Assert.Equal(Id, Assert.IsType<FoundJob.Ended>(found).Row.Job.Id);
    }

    /// <summary>A mailbox that returns a fixed response after running an optional action.</summary>
    private sealed class ScriptedDoor(Response answer, Func<Task>? before = null) : IShardMailbox
    {
        public async Task<Response> SendAsync(Command command, CancellationToken cancellationToken)
        {
            if (before is not null)
                await before();
            return answer;
        }
    }
}
