using Headrace.Core;
using Headrace.Server.Shards;
using Xunit;

namespace Headrace.Tests.Server.Shards;

public sealed class ShardListsTests
{
    [Fact]
    public async Task A_list_contains_the_queues_of_every_shard()
    {
        var shards = new TwoShards(_ => new Response.Queues([Queue("a")]), _ => new Response.Queues([Queue("b")]));

        var queues = await shards.ListQueuesAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["a", "b"], queues.Select(queue => queue.Name.Text));
    }

    [Fact]
    public async Task A_method_known_to_two_shards_is_listed_once_with_the_workers_of_both()
    {
        var shards = new TwoShards(
            _ => new Response.Methods([Method("noop", 1, "x64"), Method("sha512", 1, "x64")]),
            _ => new Response.Methods([Method("noop", 2, "arm64"), Method("noop", 1, "arm64")])
        );

        var methods = await shards.ListMethodsAsync(TestContext.Current.CancellationToken);

        Assert.Equal(
            ["noop@1 2 x64 arm64", "sha512@1 1 x64", "noop@2 1 arm64"],
            methods.Select(m => $"{m.Name}@{m.Version} {m.Workers} {string.Join(' ', m.RuntimeInfo)}")
        );
    }

    [Fact]
    public async Task The_combined_demand_shows_the_pause_of_one_shard()
    {
        var shards = new TwoShards(_ => new Response.Demand([], null), _ => new Response.Demand([Lane()], "no room"));

        var demand = await shards.ListDemandAsync(TestContext.Current.CancellationToken);

        Assert.Equal("no room", demand.PausedReason);
        Assert.Equal([Lane()], demand.Lanes);
    }

    [Fact]
    public async Task A_shard_that_rejects_the_query_fails_the_list()
    {
        var rejection = new Rejection(RejectionKind.Unavailable, "The store is unavailable.");
        var shards = new TwoShards(_ => new Response.Workers([]), _ => new Response.Rejected(rejection));

        var closed = await Assert.ThrowsAsync<MailboxClosedException>(() =>
            shards.ListWorkersAsync(TestContext.Current.CancellationToken)
        );

        Assert.Equal("The store is unavailable.", closed.Message);
    }

    private static QueueView Queue(string name) => new(new QueueName(name), 1, 1, 0, 0, null, []);

    private static MethodView Method(string name, int version, string machine) =>
        new(new MethodName(name), version, "true", 1) { RuntimeInfo = [machine] };

    private static DemandView Lane() =>
        new(new QueueName("b"), new MethodRef(new MethodName("noop"), 1), 1, TimeSpan.Zero);
}
