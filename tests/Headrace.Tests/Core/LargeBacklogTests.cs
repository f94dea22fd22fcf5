using Headrace.Core;
using Headrace.Core.Queues;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Tests that the shard's work is proportional to its backlog and not to the square of the backlog. The backlogs are so
/// large that quadratic work would take far longer than the deadline on any machine, whereas linear work takes a small
/// fraction of it. Their sizes exceed the limits of a server, because at these limits the difference would be small.
/// </summary>
public sealed class LargeBacklogTests
{
    private const int Count = 500_000;

    [Fact]
    public async Task Rejecting_all_waiting_requests_does_not_search_the_commands_that_stay()
    {
        var mailbox = new CommandQueue(capacity: Count);
        var inbox = new ShardInbox(mailbox);
        var messages = Enumerable.Range(1, Count).Select(id => Pending(id, new Command.Tick())).ToList();
        Assert.True(inbox.RetryIndividually(messages, "simulated", out _));
        for (var id = Count + 1; id <= 2 * Count; id++)
            Assert.True(mailbox.TryAdd(Pending(id, new Command.ListWorkers())));

        var rejected = await Eventually.EndsAsync("the requests to be rejected", Task.Run(inbox.TakeRejectable));

        Assert.Equal(Count, rejected.Count);
        Assert.True(inbox.HasWaiting);
        Assert.True(inbox.TryTake([], tickDue: false, out var kept));
        Assert.Equal(new RequestId(1), kept.RequestId);
    }

    [Fact]
    public async Task Adding_a_command_to_a_batch_does_not_search_its_responses()
    {
        var commit = new PendingCommit(new Batch(int.MaxValue));

        await Eventually.EndsAsync("all commands to be added", Task.Run(AddAll, TestContext.Current.CancellationToken));

        Assert.Equal((Count, Count / 2, Count / 2), (commit.Commands.Count, commit.Reads.Count, Responses().Count));
        Assert.DoesNotContain(Responses(), response => response.Answer is Response.ReadRequired);

        List<(RequestId Ticket, Response Answer)> Responses() => commit.Batch.Responses;

        void AddAll()
        {
            var (read, acknowledged) = (new Response.ReadRequired([]), new Response.Acknowledged());
            for (var id = 1; id <= Count; id++)
            {
                var pending = Pending(id, new Command.ListWorkers());
                commit.Batch.Add(pending.RequestId, id % 2 == 0 ? read : acknowledged);
                commit.Add(pending);
            }
        }
    }

    [Fact]
    public async Task The_oldest_ready_time_of_a_lane_is_known_without_a_search()
    {
        var times = new ReadyTimes();

        // Each job becomes ready in its own bucket, and the jobs are served in the order of their arrival.
        await Eventually.EndsAsync(
            "all reads of the oldest time",
            Task.Run(AddAndRemoveAll, TestContext.Current.CancellationToken)
        );

        Assert.Null(times.Oldest);

        void AddAndRemoveAll()
        {
            for (var job = 0; job < Count; job++)
            {
                times.Add(At(job));
                Assert.Equal(At(1), times.Oldest);
            }
            for (var job = 0; job < Count; job++)
            {
                Assert.Equal(At(job + 1), times.Oldest);
                times.Remove(At(job));
            }
        }

        static Instant At(int job) => new((long)job << 17);
    }

    private static PendingCommand Pending(long requestId, Command command) => new(new RequestId(requestId), command);
}
