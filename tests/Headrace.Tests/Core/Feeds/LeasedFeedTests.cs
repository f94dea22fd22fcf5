using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Core.Feeds;

/// <summary>Tests named feeds: pulls with a lease, acknowledgements, releases and redelivery (R16).</summary>
public sealed class LeasedFeedTests : IAsyncLifetime
{
    private readonly FeedScene _feeds = new();

    public static TheoryData<int> Seeds => RandomSeed.Take(4);

    private ShardDriver Shard => _feeds.Shard;

    public async ValueTask InitializeAsync() => await _feeds.StartAsync();

    public ValueTask DisposeAsync() => _feeds.DisposeAsync();

    [Fact]
    public async Task Leased_completions_are_delivered_to_nobody_else_oldest_first_R16()
    {
        await _feeds.CreateAsync();
        var jobs = await _feeds.EndAsync(5);

        Assert.Equal(jobs[..3], await _feeds.PullJobsAsync(3));
        Assert.Equal(jobs[3..], await _feeds.PullJobsAsync(10));
        Assert.Empty(await _feeds.PullJobsAsync(10));
    }

    [Fact]
    public async Task Acknowledged_completions_are_never_delivered_again_R16()
    {
        await _feeds.CreateAsync();
        var jobs = await _feeds.EndAsync(4);
        var pulled = await _feeds.PullAsync(4);

        Assert.Equal(new Response.Settled(2, 0, 0), await _feeds.AcknowledgeAsync(pulled, 0, 2));
        Assert.Equal(new Response.Settled(1, 1, 0), await _feeds.AcknowledgeAsync(pulled, 0, 1));
        await _feeds.StartAsync();

        Assert.Equal([jobs[3]], await _feeds.PullJobsAsync(10));
        Assert.Equal(3, (await _feeds.ViewAsync()).Position);
    }

    [Fact]
    public async Task An_expired_lease_makes_its_completions_available_again_R16()
    {
        await _feeds.CreateAsync();
        var jobs = await _feeds.EndAsync(3);
        var first = await _feeds.PullAsync(2);
        await _feeds.AcknowledgeAsync(first, 0);

        await Shard.AdvanceAsync(FeedScene.Lease - TimeSpan.FromSeconds(1));
        Assert.Equal([jobs[2]], await _feeds.PullJobsAsync(10));
        await Shard.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal([jobs[1]], await _feeds.PullJobsAsync(10));
    }

    [Fact]
    public async Task A_restart_delivers_leased_completions_again_R16()
    {
        await _feeds.CreateAsync();
        var jobs = await _feeds.EndAsync(2);
        var before = await _feeds.PullAsync(2);

        await _feeds.StartAsync();
        var after = await _feeds.PullAsync(2);

        Assert.Equal(jobs, FeedScene.Jobs(after));
        Assert.True(after.Epoch > before.Epoch);
        // The consumer of the first pull has processed the result, so its acknowledgement counts.
        Assert.Equal(new Response.Settled(1, 0, 0), await _feeds.AcknowledgeAsync(before, 0));
        Assert.Equal(new Response.Settled(1, 1, 0), await _feeds.AcknowledgeAsync(after));
    }

    [Fact]
    public async Task A_release_makes_completions_available_only_if_the_caller_still_holds_them_R16()
    {
        await _feeds.CreateAsync();
        var jobs = await _feeds.EndAsync(2);
        var first = await _feeds.PullAsync(2);

        Assert.Equal(new Response.Settled(1, 0, 0), await _feeds.ReleaseAsync(first, 0));
        var second = await _feeds.PullAsync(2);
        Assert.Equal([jobs[0]], FeedScene.Jobs(second));

        Assert.Equal(new Response.Settled(0, 0, 1), await _feeds.ReleaseAsync(first, 0));
        Assert.Empty(await _feeds.PullJobsAsync(2));
    }

    [Fact]
    public async Task A_feed_from_now_delivers_only_what_ends_later()
    {
        await _feeds.EndAsync(2);
        await _feeds.CreateAsync(FeedStart.Now);
        Assert.Empty(await _feeds.PullJobsAsync(10));

        var later = await _feeds.EndAsync(1);

        Assert.Equal(later, await _feeds.PullJobsAsync(10));
        Assert.Equal(2, (await _feeds.ViewAsync()).Position);
    }

    [Theory]
    [InlineData("succeeded", 0, 2)]
    [InlineData("failed", 1)]
    [InlineData("all", 0, 1, 2)]
    public async Task A_feed_delivers_the_states_that_it_asks_for_R16(string name, params int[] expected)
    {
        Assert.True(FeedStatesNames.TryParse(name, out var states));
        await _feeds.CreateAsync(states: states);
        var jobs = await _feeds.EndAsync(1);
        jobs.AddRange(await _feeds.EndAsync(1, OutcomeKind.Rejected));
        jobs.AddRange(await _feeds.EndAsync(1));

        Assert.Equal(expected.Select(i => jobs[i]), await _feeds.PullJobsAsync(10));
    }

    [Fact]
    public async Task A_pull_waits_until_a_job_of_its_queue_ends()
    {
        await _feeds.CreateAsync();
        var pull = await Shard.SendAndWakeAsync(FeedScene.Pull(10, TimeSpan.FromSeconds(20)));
        await _feeds.EndAsync(1, queue: "us");
        await _feeds.EndAsync(1, OutcomeKind.Rejected);
        Assert.Null(Shard.AnswerTo(pull));

        await _feeds.EndAsync(1);

        Assert.IsType<Response.PullAgain>(Shard.AnswerTo(pull));
    }

    [Fact]
    public async Task A_pull_whose_wait_expires_is_answered_with_nothing()
    {
        await _feeds.CreateAsync();
        var pull = await Shard.SendAndWakeAsync(FeedScene.Pull(10, TimeSpan.FromSeconds(2)));

        await Shard.AdvanceAsync(TimeSpan.FromSeconds(2));

        Assert.Empty(FeedScene.Jobs(Shard.AnswerTo(pull)));
    }

    [Fact]
    public async Task A_waiting_pull_continues_when_a_lease_expires_or_is_released()
    {
        await _feeds.CreateAsync();
        await _feeds.EndAsync(2);
        var held = await _feeds.PullAsync(2);
        var (first, second) = (
            await Shard.SendAndWakeAsync(FeedScene.Pull(1, TimeSpan.FromSeconds(300))),
            await Shard.SendAndWakeAsync(FeedScene.Pull(1, TimeSpan.FromSeconds(300)))
        );

        await _feeds.ReleaseAsync(held, 0);
        Assert.IsType<Response.PullAgain>(Shard.AnswerTo(first));
        Assert.Null(Shard.AnswerTo(second));

        await Shard.AdvanceAsync(FeedScene.Lease);
        Assert.IsType<Response.PullAgain>(Shard.AnswerTo(second));
    }

    [Fact]
    public async Task A_pull_that_leaves_more_behind_lets_the_next_waiting_pull_continue()
    {
        await _feeds.CreateAsync();
        await _feeds.EndAsync(2);
        var held = await _feeds.PullAsync(2);
        await Shard.SendAndWakeAsync(FeedScene.Pull(1, TimeSpan.FromSeconds(300)));
        var second = await Shard.SendAndWakeAsync(FeedScene.Pull(1, TimeSpan.FromSeconds(300)));
        await _feeds.ReleaseAsync(held);

        Assert.Null(Shard.AnswerTo(second));
        await _feeds.PullAsync(1);

        Assert.IsType<Response.PullAgain>(Shard.AnswerTo(second));
    }

    [Fact]
    public async Task An_idle_feed_reads_nothing_while_other_queues_work()
    {
        await _feeds.CreateAsync();
        await _feeds.EndAsync(1, queue: "us");
        Assert.Empty(await _feeds.PullJobsAsync(10));
        var before = Shard.Broker.State.BatchNumber;
        await _feeds.EndAsync(1, queue: "us");
        var after = Shard.Broker.State.BatchNumber;

        Assert.Empty(await _feeds.PullJobsAsync(10));

        Assert.NotEqual(before, after);
        Assert.Equal(after, Shard.Broker.State.BatchNumber);
    }

    [Fact]
    public async Task A_seek_delivers_again_and_earlier_tokens_no_longer_count()
    {
        await _feeds.CreateAsync();
        var jobs = await _feeds.EndAsync(3);
        var before = await _feeds.PullAsync(3);
        await _feeds.AcknowledgeAsync(before);

        await SeekAsync(new FeedStart(2));

        Assert.Equal(new Response.Settled(0, 0, 3), await _feeds.AcknowledgeAsync(before));
        Assert.Equal(jobs[1..], await _feeds.PullJobsAsync(10));
        await SeekAsync(FeedStart.Now);
        Assert.Empty(await _feeds.PullJobsAsync(10));
        await SeekAsync(FeedStart.First);
        await _feeds.StartAsync();
        Assert.Equal(jobs, await _feeds.PullJobsAsync(10));
    }

    [Fact]
    public async Task A_seek_beyond_the_last_completion_is_rejected()
    {
        await _feeds.CreateAsync();
        await _feeds.EndAsync(1);

        var rejected = await Shard.AskAsync<Response.Rejected>(
            new Command.SeekFeed(FeedScene.Feed, FeedScene.Queue, new FeedStart(9))
        );

        Assert.Equal(
            "Completion 9 does not exist yet. The last one is 1; use 'now' for the jobs that end from now on.",
            rejected.Rejection.Detail
        );
    }

    [Fact]
    public async Task Creating_the_same_feed_again_changes_nothing_and_another_one_is_rejected()
    {
        Assert.True((await _feeds.CreateAsync()).IsNew);
        await _feeds.EndAsync(1);
        await _feeds.AcknowledgeAsync(await _feeds.PullAsync(1));

        Assert.False((await _feeds.CreateAsync()).IsNew);
        Assert.Empty(await _feeds.PullJobsAsync(1));
        var rejected = await Shard.AskAsync<Response.Rejected>(
            new Command.CreateFeed(FeedScene.Feed, new QueueName("us"), FeedStates.All, FeedStart.Now)
        );

        Assert.Equal(
            (
                RejectionKind.NameInUse,
                "Feed 'orders' already exists and delivers succeeded jobs from queue 'eu'. Choose another name, or "
                    + "delete it first: headrace feeds delete orders."
            ),
            (rejected.Rejection.Kind, rejected.Rejection.Detail)
        );
    }

    [Fact]
    public async Task A_deleted_feed_ends_waiting_pulls_and_its_tokens_do_not_count_for_a_new_feed()
    {
        await _feeds.CreateAsync();
        await _feeds.EndAsync(1);
        var before = await _feeds.PullAsync(1);
        var waiting = await Shard.SendAndWakeAsync(FeedScene.Pull(1, TimeSpan.FromSeconds(20)));

        await Shard.AskAsync<Response.Feeds>(new Command.DeleteFeed(FeedScene.Feed, FeedScene.Queue));

        var rejected = Assert.IsType<Response.Rejected>(Shard.AnswerTo(waiting));
        Assert.Equal(RejectionKind.UnknownFeed, rejected.Rejection.Kind);
        await _feeds.StartAsync();
        await _feeds.CreateAsync();
        Assert.Equal(new Response.Settled(0, 0, 1), await _feeds.AcknowledgeAsync(before));
        Assert.Single(await _feeds.PullJobsAsync(1));
    }

    [Fact]
    public async Task A_queue_has_a_limited_number_of_feeds()
    {
        for (var i = 0; i < Limits.FeedsPerQueue; i++)
            await Shard.AskAsync<Response.Feeds>(
                new Command.CreateFeed(new FeedName($"f{i}"), FeedScene.Queue, FeedStates.All, FeedStart.Now)
            );

        var rejected = await Shard.AskAsync<Response.Rejected>(
            new Command.CreateFeed(FeedScene.Feed, FeedScene.Queue, FeedStates.All, FeedStart.Now)
        );

        Assert.Equal(RejectionKind.LimitReached, rejected.Rejection.Kind);
        Assert.Contains("limit of 16 feeds", rejected.Rejection.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beyond_the_limit_of_feeds_a_new_one_is_rejected_until_another_is_deleted_R13()
    {
        await _feeds.EndAsync(1, queue: "q0");
        var pull = new Command.Pull(new FeedName("implicit"), new QueueName("q0"), 1);
        Assert.Single((await Shard.AskAsync<Response.Pulled>(pull)).Completions);
        for (var i = 1; i < Limits.Feeds; i++)
            await Shard.AskAsync<Response.Feeds>(Create($"f{i}", i));

        var created = await Shard.AskAsync<Response.Rejected>(Create("more", Limits.Feeds));
        var pulled = await Shard.AskAsync<Response.Rejected>(pull with { Feed = new FeedName("other") });

        Assert.Equal(created.Rejection.Detail, pulled.Rejection.Detail);
        Assert.Contains("the limit of 1000 feeds has been reached", created.Rejection.Detail, StringComparison.Ordinal);
        Assert.Contains("or delete one", created.Rejection.Detail, StringComparison.Ordinal);
        // A feed that was created by a pull also counts towards the limit until the feed is deleted.
        await Shard.AskAsync<Response.Feeds>(new Command.DeleteFeed(pull.Feed, pull.Queue));
        await Shard.AskAsync<Response.Feeds>(Create("more", Limits.Feeds));
        await _feeds.StartAsync();
        Assert.Equal(Limits.Feeds, Shard.Broker.State.Feeds.Count);
        await Shard.AskAsync<Response.Rejected>(Create("again", 1));

        static Command.CreateFeed Create(string name, int number) =>
            new(
                new FeedName(name),
                new QueueName($"q{number / Limits.FeedsPerQueue}"),
                FeedStates.All,
                FeedStart.Now
            );
    }

    [Fact]
    public async Task A_retried_job_leaves_its_place_and_enters_again_R16()
    {
        await _feeds.CreateAsync(states: FeedStates.All);
        var job = Assert.Single(await _feeds.EndAsync(1, OutcomeKind.Rejected));
        var first = await _feeds.PullAsync(1);

        await Shard.AskAsync<Response.Retried>(new Command.Retry(job, null));
        Assert.Equal(new Response.Settled(0, 1, 0), await _feeds.AcknowledgeAsync(first));
        await _feeds.FinishAsync();

        Assert.Equal([job], await _feeds.PullJobsAsync(1));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_result_is_acknowledged_once_whatever_consumers_do_R16(int seed)
    {
        var random = RandomSeed.Print(seed);
        await _feeds.CreateAsync();
        var (ended, acknowledged) = (new List<JobId>(), new List<JobId>());
        var held = new List<Response.Pulled>();
        for (var round = 0; round < 80; round++)
        {
            ended.AddRange(await _feeds.EndAsync(random.Next(4)));
            await _feeds.EndAsync(random.Next(2), queue: "us");
            await _feeds.EndAsync(random.Next(2), OutcomeKind.Rejected);
            if (random.Next(10) == 0)
                await _feeds.StartAsync();
            if (random.Next(6) == 0)
                await Shard.AdvanceAsync(FeedScene.Lease / 2);
            held.Add(await _feeds.PullAsync(random.Next(1, 5)));
            var chosen = held[random.Next(held.Count)];
            for (var i = 0; i < chosen.Completions.Count; i++)
                if (random.Next(5) == 0)
                    await _feeds.ReleaseAsync(chosen, i);
                else if ((await _feeds.AcknowledgeAsync(chosen, i)).Deliveries == 1)
                    acknowledged.Add(chosen.Completions[i].Job);
        }
        await _feeds.StartAsync();
        while (await _feeds.PullAsync(7) is { Completions.Count: > 0 } rest)
        {
            Assert.Equal(rest.Completions.Count, (await _feeds.AcknowledgeAsync(rest)).Deliveries);
            acknowledged.AddRange(FeedScene.Jobs(rest));
        }

        Assert.Equal(ended, acknowledged.Order());
        Assert.Single(Shard.Broker.State.Feeds.All.Single().Acknowledged.All);
    }

    private Task<Response.Feeds> SeekAsync(FeedStart to) =>
        Shard.AskAsync<Response.Feeds>(new Command.SeekFeed(FeedScene.Feed, FeedScene.Queue, to));
}
