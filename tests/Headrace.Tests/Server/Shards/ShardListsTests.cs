using Headrace.Core;
using Headrace.Server.Shards;
using Xunit;

namespace Headrace.Tests.Server.Shards;

public sealed class ShardListsTests
{
    [Fact]
    public async Task A_list_merges_the_queues_of_every_shard_by_name_part_by_part()
    {
        var asked = new List<string>();
        var shards = new TwoShards(
            command => Part(command, ["a", "d", "e", "h"], asked),
            command => Part(command, ["b", "c", "f", "g"], asked)
        );

        var queues = await shards.ListQueuesAsync(after: null, Stop).Select(queue => queue.Name.Text).ToListAsync(Stop);

        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "h"], queues);
        Assert.Equal(["", "", "c", "c", "e", "e"], asked);
    }

    [Fact]
    public async Task A_caller_that_needs_a_few_entries_requests_no_further_part()
    {
        var asked = new List<string>();
        var shards = new TwoShards(
            command => Part(command, ["a", "d", "e", "h"], asked),
            command => Part(command, ["b", "c", "f", "g"], asked)
        );

        await foreach (var queue in shards.ListQueuesAsync(after: "a", Stop))
            if (queue.Name.Text == "c")
                break;

        Assert.Equal(["a", "a"], asked);
    }

    [Fact]
    public async Task A_method_known_to_two_shards_is_listed_once_with_the_workers_of_both()
    {
        var shards = new TwoShards(
            _ => new Response.Methods([Method("noop", 1, "x64"), Method("sha512", 1, "x64")]),
            _ => new Response.Methods([Method("noop", 1, "arm64"), Method("noop", 2, "arm64")])
        );

        var methods = await shards.ListMethodsAsync(after: null, Stop).ToListAsync(Stop);

        Assert.Equal(
            ["noop@1 2 x64 arm64", "noop@2 1 arm64", "sha512@1 1 x64"],
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

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Returns two of the queues after the requested position.</summary>
    private static Response.Queues Part(Command command, string[] names, List<string> asked)
    {
        var after = Assert.IsType<Command.ListQueues>(command).Range.After ?? "";
        asked.Add(after);
        var rest = names.Where(name => string.CompareOrdinal(name, after) > 0).ToList();
        return new Response.Queues([.. rest.Take(2).Select(Queue)], IsLast: rest.Count <= 2);
    }

    private static QueueView Queue(string name) => new(new QueueName(name), 1, 1, 0, 0, null, []);

    private static MethodView Method(string name, int version, string machine) =>
        new(new MethodName(name), version, "true", 1) { RuntimeInfo = [machine] };

    private static DemandView Lane() =>
        new(new QueueName("b"), new MethodRef(new MethodName("noop"), 1), 1, TimeSpan.Zero);
}
