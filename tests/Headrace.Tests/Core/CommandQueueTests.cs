using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class CommandQueueTests
{
    private readonly CommandQueue _queue = new(capacity: 2);

    public static TheoryData<string> Internal =>
        ["Tick", "ListDemand", "WorkerDied", "RegisterMethods"];

    [Theory]
    [MemberData(nameof(Internal))]
    public void A_queue_full_of_requests_accepts_the_server_s_own_commands_and_applies_them_first(string kind)
    {
        Assert.True(_queue.TryAdd(Pending(1, new Command.ListWorkers())));
        Assert.True(_queue.TryAdd(Pending(2, new Command.ListWorkers())));
        Assert.False(_queue.TryAdd(Pending(3, new Command.ListWorkers())));

        Assert.True(_queue.TryAdd(Pending(4, Command(kind))));

        Assert.Equal((3, 1), (_queue.Count, _queue.InternalCount));
        Assert.True(_queue.TryTake(isInternal: true, out var first));
        Assert.Equal(new RequestId(4), first.RequestId);
        Assert.True(_queue.TryTake(isInternal: false, out var second));
        Assert.Equal(new RequestId(1), second.RequestId);
        Assert.True(_queue.TryAdd(Pending(5, new Command.ListWorkers())));
    }

    [Fact]
    public void The_messages_of_workers_are_bounded_as_well()
    {
        Assert.True(_queue.TryAdd(Pending(1, new Command.Tick())));
        Assert.True(_queue.TryAdd(Pending(2, new Command.Tick())));

        Assert.False(_queue.TryAdd(Pending(3, new Command.Tick())));
        Assert.True(_queue.TryAdd(Pending(4, new Command.ListWorkers())));
    }

    /// <summary>A tick waits for internal commands, but must not wait for a command that reads rows (R20).</summary>
    [Fact]
    public void Deletions_and_steps_of_sweeps_wait_among_the_requests_of_clients()
    {
        Assert.True(_queue.TryAdd(Pending(1, new Command.DeleteExpired())));
        Assert.True(_queue.TryAdd(Pending(2, new Command.StepSweep(1))));

        Assert.False(_queue.TryAdd(Pending(3, new Command.DeleteExpired())));
        Assert.Equal((2, 0), (_queue.Count, _queue.InternalCount));
        Assert.True(_queue.TryAdd(Pending(4, new Command.Tick())));
    }

    private static PendingCommand Pending(long requestId, Command command) => new(new RequestId(requestId), command);

    private static Command Command(string kind) =>
        kind switch
        {
            "Tick" => new Command.Tick(),
            "ListDemand" => new Command.ListDemand(),
            "WorkerDied" => new Command.WorkerDied(
                new LeaseHolder(new WorkerName("w"), new Incarnation(1)),
                ExitKind.Signal
            ),
            _ => new Command.RegisterMethods([new Offer(new MethodName("noop"), 1, "{}")]),
        };
}
