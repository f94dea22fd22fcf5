using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Core.Feeds;

/// <summary>
/// Tests feeds with the production shard and a memory store. A pull reads, delivers and acknowledges completions (R16).
/// </summary>
public sealed class FeedTests : IAsyncLifetime
{
    private static readonly FeedName Name = new("latest");
    private static readonly QueueName Queue = FeedScene.Queue;

    private readonly FeedScene _feeds = new();

    public static TheoryData<int> Seeds => RandomSeed.Take(4);

    private ShardDriver Shard => _feeds.Shard;

    public async ValueTask InitializeAsync() => await _feeds.StartAsync();

    public ValueTask DisposeAsync() => _feeds.DisposeAsync();

    [Fact]
    public async Task A_pull_delivers_the_latest_results_once_in_the_order_of_completion_R16()
    {
        var jobs = await _feeds.EndAsync(6);

        Assert.Equal(jobs[3..], await PullAsync(3));
        Assert.Equal(jobs[..3], await PullAsync(10));
        Assert.Empty(await PullAsync(10));
        var later = await _feeds.EndAsync(1);
        Assert.Equal(later, await PullAsync(10));
    }

    [Fact]
    public async Task A_feed_that_has_delivered_nothing_takes_no_place_R13()
    {
        Assert.Empty(await PullAsync(10));
        Assert.Equal(0, Shard.Broker.State.Feeds.Count);

        var jobs = await _feeds.EndAsync(1);

        Assert.Equal(jobs, await PullAsync(10));
        Assert.Equal(1, Shard.Broker.State.Feeds.Count);
    }

    [Fact]
    public async Task A_pull_below_the_available_count_leaves_the_rest_for_later_R16()
    {
        var first = await _feeds.EndAsync(4);
        Assert.Equal(first[2..], await PullAsync(2));
        var second = await _feeds.EndAsync(4);

        Assert.Equal(second[2..], await PullAsync(2));
        // This pull skips the completions that were already delivered. It returns the two undelivered completions of
        // the second four jobs, and the later of the two undelivered completions of the first four jobs.
        Assert.Equal([first[1], .. second[..2]], await PullAsync(3));
        Assert.Equal([first[0]], await PullAsync(3));
    }

    [Fact]
    public async Task Only_successful_jobs_of_its_queue_are_delivered_R16()
    {
        await _feeds.EndAsync(2, queue: "us");
        await _feeds.EndAsync(2, OutcomeKind.Rejected);
        var jobs = await _feeds.EndAsync(2);
        await _feeds.EndAsync(2, OutcomeKind.Rejected);

        Assert.Equal(jobs, await PullAsync(10));
        Assert.Equal(1, Shard.Broker.State.Feeds.All.Single().Acknowledged.Count);
    }

    [Fact]
    public async Task Two_concurrent_pulls_share_the_available_results_R16()
    {
        var jobs = await _feeds.EndAsync(6);

        var (a, b) = (Shard.Send(Latest(3)), Shard.Send(Latest(3)));
        await Shard.WakeAsync();

        var (first, second) = (Pulled(a), Pulled(b));
        Assert.Equal(jobs[3..], first);
        Assert.Equal(jobs[..3], second);
    }

    [Fact]
    public async Task Four_concurrent_pulls_of_the_largest_size_all_receive_results_R16()
    {
        var jobs = await _feeds.EndAsync(4 * Limits.JobsPerCommand);

        var pulls = Enumerable.Range(0, 4).Select(_ => Shard.Send(Latest(Limits.JobsPerCommand))).ToList();
        await Shard.WakeAsync();

        var pulled = pulls.Select(Pulled).ToList();
        Assert.All(pulled, each => Assert.Equal(Limits.JobsPerCommand, each.Count));
        Assert.Equal(jobs, pulled.SelectMany(each => each).Order());
    }

    [Fact]
    public async Task A_pull_whose_results_were_taken_by_others_scans_again_R16()
    {
        var jobs = await _feeds.EndAsync(4);
        var scene = await LoadedSceneAsync();
        var slow = scene.Do(Latest(2));
        var fast = scene.Do(Latest(2));
        var (first, second) = (scene.Reads[0], scene.Reads[1]);

        // The later pull completes its read first, and it also takes the completions that the earlier pull read.
        scene.Reads.Remove(first);
        scene.Read(await RowsAsync(second));
        scene.Commit();
        scene.Reads.Insert(0, first);
        scene.Read(await RowsAsync(first));
        Assert.False(scene.Answers.ContainsKey(slow));
        scene.Read(await RowsAsync(Assert.Single(scene.Reads)));
        scene.Commit();

        Assert.Equal(jobs[2..], FeedScene.Jobs(scene.Answers[fast]));
        Assert.Equal(jobs[..2], FeedScene.Jobs(scene.Answers[slow]));
    }

    [Fact]
    public async Task Delivered_results_stay_delivered_after_a_restart_R16()
    {
        var jobs = await _feeds.EndAsync(5);
        Assert.Equal(jobs[3..], await PullAsync(2));

        await _feeds.StartAsync();

        Assert.Equal(jobs[..3], await PullAsync(10));
    }

    [Fact]
    public async Task A_pull_changes_the_store_only_in_the_batch_that_answers_it_R16()
    {
        await _feeds.EndAsync(1);
        var before = Shard.Broker.State.BatchNumber;

        await PullAsync(1);
        Assert.Equal(before + 1, Shard.Broker.State.BatchNumber);
        await PullAsync(1);

        // The first pull created the feed and delivered a result; the second pull found nothing and wrote nothing.
        Assert.Equal(before + 1, Shard.Broker.State.BatchNumber);
    }

    [Fact]
    public async Task A_feed_belongs_to_one_queue()
    {
        await _feeds.EndAsync(1);
        await PullAsync(1);

        var rejected = await Shard.AskAsync<Response.Rejected>(new Command.Pull(Name, new QueueName("us"), 1));

        Assert.Equal(
            (RejectionKind.BadRequest, "Feed 'latest' belongs to queue 'eu', not to queue 'us'."),
            (rejected.Rejection.Kind, rejected.Rejection.Detail)
        );
    }

    [Fact]
    public async Task A_caller_that_disconnects_during_the_read_of_its_pull_takes_nothing()
    {
        var jobs = await _feeds.EndAsync(2);
        var scene = await LoadedSceneAsync();
        var requestId = scene.Do(Latest(2));
        Assert.Single(scene.Reads);

        scene.Leave(requestId);
        scene.Read(await RowsAsync(scene.Reads[0]));

        Assert.Null(scene.Committing);
        Assert.Equal(0, scene.Shard.Broker.State.PendingReads.Count);
        Assert.Equal(jobs, await PullAsync(2));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_result_is_delivered_exactly_once_across_concurrent_pulls_and_server_restarts_R16(int seed)
    {
        var random = RandomSeed.Print(seed);
        var (ended, given) = (new List<JobId>(), new List<JobId>());
        for (var round = 0; round < 60; round++)
        {
            ended.AddRange(await _feeds.EndAsync(random.Next(5)));
            await _feeds.EndAsync(
                random.Next(3),
                random.Next(2) == 0 ? OutcomeKind.Rejected : OutcomeKind.Succeeded,
                queue: "us"
            );
            await _feeds.EndAsync(random.Next(3), OutcomeKind.Rejected);
            if (random.Next(6) == 0)
                await _feeds.StartAsync();
            var requestIds = Enumerable
                .Range(0, random.Next(4))
                .Select(_ => Shard.Send(Latest(random.Next(1, 5))))
                .ToList();
            await Shard.WakeAsync();
            given.AddRange(requestIds.SelectMany(Pulled));
        }
        while (await PullAsync(7) is { Count: > 0 } rest)
            given.AddRange(rest);

        Assert.Equal(ended, given.Order());
        Assert.Equal(1, Shard.Broker.State.Feeds.All.Single().Acknowledged.Count);
    }

    [Fact]
    public void A_fragmented_feed_delivers_nothing_twice_R16()
    {
        var broker = new Broker(new BrokerOptions { MaxFeedRanges = 90 });
        const long Last = 400;
        broker.Restore(new ShardRow(1, 1, Last + 1, new Instant(0)), default);
        broker.Restore(new FeedRow(Name, Queue, 1), default);
        for (var at = 4L; at <= Last; at += 4)
            broker.Restore(new FeedRangeRow(Name, new Headrace.Core.Feeds.CompletionRange(at, at)), default);
        var given = new List<long>();
        for (var pull = 1; pull <= 3; pull++)
        {
            var (ask, take) = (new Batch(), new Batch());
            broker.Apply(new RequestId(pull), Latest(4), new ApplyContext(new Instant(0), default, ask));
            var asked = Assert.IsType<RowKey.Completions>(
                Assert.IsType<Response.ReadRequired>(ask.Responses[0].Answer).Keys[0]
            );
            Assert.True(asked.OldestFirst);
            broker.Apply(
                new RequestId(pull),
                Latest(4).WithRows([CompletionScan.Read(asked, AllSucceeded)]),
                new ApplyContext(new Instant(0), default, take)
            );
            given.AddRange(
                Assert.IsType<Response.Pulled>(take.Responses[0].Answer).Completions.Select(end => end.CompletionNumber)
            );
        }

        Assert.Equal(given.Distinct(), given);
    }

    private static IEnumerable<Completion> AllSucceeded(Headrace.Core.Feeds.CompletionRange gap)
    {
        for (var number = gap.From; number <= gap.To; number++)
            yield return new Completion(number, new JobId(number), JobState.Succeeded);
    }

    private static Command.Pull Latest(int maxCount) => new(Name, Queue, maxCount);

    private async Task<List<JobId>> PullAsync(int maxCount) => Pulled(await Shard.SendAndWakeAsync(Latest(maxCount)));

    private List<JobId> Pulled(RequestId requestId) => FeedScene.Jobs(Shard.AnswerTo(requestId));

    /// <summary>Creates a shard from the same rows. The test completes its reads and commits explicitly.</summary>
    private async Task<ShardScene> LoadedSceneAsync()
    {
        var scene = new ShardScene();
        scene.Rows.Add(_feeds.Store.Store);
        scene.Rows.AddRange(await LoadedRows.OfAsync(_feeds.Store));
        scene.Wake(TimeSpan.Zero);
        return scene;
    }

    private async Task<StoredRow[]> RowsAsync(RowRequest read) =>
        [.. await _feeds.Store.ReadAsync(read.Keys, TestContext.Current.CancellationToken)];
}
