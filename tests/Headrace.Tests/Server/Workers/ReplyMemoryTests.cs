using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;
using Headrace.Server.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Server.Workers;

public sealed class ReplyMemoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reply_that_finds_no_memory_is_rejected_and_the_repeated_exchange_gets_the_same_lease_R6()
    {
        await using var scene = await ServerScene.StartAsync();
        var clock = new FakeTimeProvider();
        var budget = new ReplyBudget(clock, 1_000);
        var handler = new ExchangeHandler(
            scene.Server.Router,
            scene.Server.JobStore,
            new BrokerOptions(),
            budget,
            TimeProvider.System,
            NullLogger<ExchangeHandler>.Instance
        );
        var job = await SubmitAsync(scene, handler);
        Assert.True((await budget.ReserveAsync(1_000, Token)).TryGet(out var taken, out _));
        var late = handler.HandleAsync(Exchange(2), 2, Token);
        // The reply may start to wait after the clock has advanced, so the test advances the clock until the wait has
        // ended.
        await Eventually.HoldsAsync(
            "the end of the wait for memory",
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(10));
                return late.IsCompleted;
            }
        );

        Assert.False((await late.WaitAsync(Eventually.Deadline, Token)).TryGet(out _, out var problem));
        Assert.Equal(503, problem!.Kind.Status);
        taken.Dispose();
        Assert.True(
            (await handler.HandleAsync(Exchange(2), 2, Token).WaitAsync(Eventually.Deadline, Token)).TryGet(
                out var reply,
                out _
            )
        );

        Assert.Equal(new LeaseToken(job, 1), Assert.Single(reply.Reply.Leases).Lease);
        Assert.Equal(1_000 - (2 * 100), budget.Available);
        reply.Dispose();
        Assert.Equal(1_000, budget.Available);
    }

    private static async Task<JobId> SubmitAsync(ServerScene scene, ExchangeHandler handler)
    {
        Assert.True(
            (await handler.HandleAsync(Exchange(1), 1, Token).WaitAsync(Eventually.Deadline, Token)).TryGet(
                out var joined,
                out _
            )
        );
        joined.Dispose();
        return await scene.SubmitAsync(body: new byte[100]);
    }

    private static Command.Exchange Exchange(long number) =>
        new(
            new WorkerMessage(new LeaseHolder(new WorkerName("w1"), new Incarnation(7)))
            {
                Slots = 1,
                Offers = [new Offer(new MethodName("echo"), 1, "{}")],
            },
            number,
            TimeSpan.Zero,
            null,
            [],
            Draining: false
        );
}
