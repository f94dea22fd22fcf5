using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Queues;
using Headrace.Core.Registry;
using Headrace.Core.Retention;
using Xunit;

namespace Headrace.Tests.Core.Feeds;

/// <summary>Tests how feeds and the deletion of ended jobs affect each other (R14, R16).</summary>
public sealed class FeedRetentionTests : IAsyncLifetime
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly FeedScene _feeds = new();

    public async ValueTask InitializeAsync()
    {
        await _feeds.StartAsync();
        // Two results exceed this limit.
        var settings = new QueueSettings { KeepSucceeded = new RetentionLimit(7 * Day, 3 * History.RowBytes) };
        await _feeds.Shard.AskAsync<Response.RegistryWritten>(
            new Command.WriteRegistry([
                new RegistryWrite.Put(QueueSettings.Kind, FeedScene.Queue.Text, settings.ToJson(), 0),
            ])
        );
        await _feeds.CreateAsync();
    }

    public ValueTask DisposeAsync() => _feeds.DisposeAsync();

    [Fact]
    public async Task An_unacknowledged_result_is_not_deleted_because_of_the_size_of_the_history_R14()
    {
        await _feeds.EndAsync(2, resultBytes: 1_000);
        await LaterAsync(TimeSpan.FromHours(2));

        Assert.Equal(0, await DeleteAsync());
        await _feeds.AcknowledgeAsync(await _feeds.PullAsync(2), 0);

        Assert.Equal(1, await DeleteAsync());
    }

    [Fact]
    public async Task Unacknowledged_results_that_exceed_the_limit_close_the_queue_and_why_names_the_feed_R14()
    {
        await _feeds.EndAsync(2, resultBytes: 1_000);
        await LaterAsync(TimeSpan.FromHours(2));
        await DeleteAsync();

        Assert.True(_feeds.Shard.Broker.State.Histories.GetOrAdd(FeedScene.Queue).IsFull);
        Assert.Contains(
            "feed 'orders' has not acknowledged the oldest of them",
            ResultRoom.Describe(
                _feeds.Shard.Broker.State,
                _feeds.Shard.Broker.State.Histories.GetOrAdd(FeedScene.Queue)
            ),
            StringComparison.Ordinal
        );

        await _feeds.AcknowledgeAsync(await _feeds.PullAsync(2));
        Assert.False(_feeds.Shard.Broker.State.Histories.GetOrAdd(FeedScene.Queue).IsFull);
    }

    [Fact]
    public async Task Why_names_the_webhook_to_which_the_feed_belongs_R14()
    {
        await _feeds.Shard.AskAsync<Response.Feeds>(new Command.DeleteFeed(FeedScene.Feed, FeedScene.Queue));
        await _feeds.Shard.AskAsync<Response.Feeds>(
            new Command.CreateFeed(
                new FeedName("webhook.orders"),
                FeedScene.Queue,
                FeedStates.Succeeded,
                FeedStart.First
            )
        );
        await _feeds.EndAsync(2, resultBytes: 1_000);
        await LaterAsync(TimeSpan.FromHours(2));
        await DeleteAsync();

        Assert.EndsWith(
            "They belong to a webhook; find out why it does not deliver them: headrace webhooks show orders.",
            ResultRoom.Describe(
                _feeds.Shard.Broker.State,
                _feeds.Shard.Broker.State.Histories.GetOrAdd(FeedScene.Queue)
            ),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_result_that_reaches_its_maximum_age_is_deleted_and_reported_as_expired_R16()
    {
        var jobs = await _feeds.EndAsync(1);
        await LaterAsync(8 * Day);
        Assert.Equal(1, await DeleteAsync());
        jobs.AddRange(await _feeds.EndAsync(1));

        var pulled = await _feeds.PullAsync(10);

        Assert.Equal(1, pulled.Expired);
        Assert.Equal(jobs[1..], FeedScene.Jobs(pulled));
        await _feeds.StartAsync();
        Assert.Equal(1, (await _feeds.ViewAsync()).Feed.Expired);
    }

    [Fact]
    public async Task A_leased_result_is_not_deleted_whatever_its_age_R16()
    {
        await _feeds.EndAsync(2);
        await LaterAsync(8 * Day);
        var pulled = await _feeds.PullAsync(1);

        Assert.Equal(0, await DeleteAsync());
        await _feeds.ReleaseAsync(pulled);

        Assert.Equal(2, await DeleteAsync());
        Assert.Equal(2, (await _feeds.ViewAsync()).Feed.Expired);
    }

    [Fact]
    public async Task A_deleted_or_moved_feed_holds_nothing_back()
    {
        await _feeds.EndAsync(2, resultBytes: 1_000);
        await LaterAsync(TimeSpan.FromHours(2));
        Assert.Equal(0, await DeleteAsync());

        await _feeds.Shard.AskAsync<Response.Feeds>(new Command.DeleteFeed(FeedScene.Feed, FeedScene.Queue));

        Assert.Equal(1, await DeleteAsync());
    }

    [Fact]
    public async Task A_result_that_a_client_deletes_counts_as_expired_also_while_it_is_leased()
    {
        var jobs = await _feeds.EndAsync(2);
        var pulled = await _feeds.PullAsync(2);

        await _feeds.Shard.AskAsync<Response.Deleted>(new Command.DeleteJob(jobs[0]));

        Assert.Equal(new Response.Settled(1, 1, 0), await _feeds.AcknowledgeAsync(pulled));
        Assert.Equal(1, (await _feeds.ViewAsync()).Feed.Expired);
    }

    [Fact]
    public async Task A_feed_that_a_pull_without_a_lease_created_holds_nothing_back_R16()
    {
        await _feeds.Shard.AskAsync<Response.Feeds>(new Command.DeleteFeed(FeedScene.Feed, FeedScene.Queue));
        await _feeds.EndAsync(1);
        await _feeds.Shard.AskAsync<Response.Pulled>(new Command.Pull(FeedScene.Feed, FeedScene.Queue, 1));
        await _feeds.EndAsync(1, resultBytes: 2_000);
        await LaterAsync(TimeSpan.FromHours(2));

        Assert.Equal(2, await DeleteAsync());
    }

    private async Task LaterAsync(TimeSpan span)
    {
        // A step of the clock by more than a day would have to be confirmed first (R20).
        for (var left = span; left > TimeSpan.Zero; left -= Day / 2)
        {
            _feeds.Shard.AdvanceWithoutWaking(left < Day / 2 ? left : Day / 2);
            await _feeds.Shard.WakeAsync();
        }
    }

    /// <summary>Deletes all expired jobs and returns their number.</summary>
    private async Task<int> DeleteAsync()
    {
        var deleted = 0;
        while (
            await _feeds.Shard.AskAsync<Response.ExpiredDeleted>(new Command.DeleteExpired()) is { HasMore: true } step
        )
            deleted += step.Jobs;
        return deleted;
    }
}
