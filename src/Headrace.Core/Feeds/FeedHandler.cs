using Headrace.Core.Retention;

namespace Headrace.Core.Feeds;

/// <summary>Creates, lists, moves and deletes feeds (R16).</summary>
internal sealed class FeedHandler(BrokerState state, ResultRoom room)
{
    /// <summary>
    /// Maximum number of gaps in the view of a feed. The gaps show where unacknowledged completions may be.
    /// </summary>
    private const int MaxGaps = 1_000;

    /// <summary>Maximum number of feeds in one reply.</summary>
    private const int MaxListed = 100;

    public Response Apply(Command command, ApplyContext context) =>
        command switch
        {
            Command.CreateFeed create => Create(create, context),
            Command.SeekFeed seek => Seek(seek, context),
            Command.DeleteFeed delete => Delete(delete, context),
            Command.GetFeed get => new Response.Feeds(state.Feeds.TryGet(get.Feed, out var feed) ? [View(feed)] : []),
            Command.ListFeeds list => List(list.Range.After),
            _ => throw new InvalidOperationException($"No handler is registered for command {command}."),
        };

    private Response Create(Command.CreateFeed command, ApplyContext context)
    {
        if (state.Feeds.TryGet(command.Feed, out var existing))
            return existing.Queue == command.Queue && existing.States == command.States
                ? new Response.Feeds([View(existing)])
                : new Response.Rejected(
                    new Rejection(
                        RejectionKind.NameInUse,
                        $"Feed '{existing.Name}' already exists and delivers {existing.States.ToWireName()} jobs from "
                            + $"queue '{existing.Queue}'. Choose another name, or delete it first: headrace feeds "
                            + $"delete {existing.Name}."
                    )
                );
        if (FeedRule.CheckRoom(state, command.Queue) is { } full)
            return new Response.Rejected(full);
        var feed = new Feed(
            new FeedRow(command.Feed, command.Queue, StartOf(command.From))
            {
                States = command.States,
                FirstEpoch = state.Feeds.Epochs.Take(context.Batch),
            }
        );
        context.Batch.Add(new RowChange.FeedPut(feed.ToRow()));
        state.Feeds.Add(feed);
        return new Response.Feeds([View(feed)]) { IsNew = true };
    }

    private Response Seek(Command.SeekFeed command, ApplyContext context)
    {
        if (FeedRule.Find(state, command.Feed, command.Queue, out var rejection) is not { } feed)
            return new Response.Rejected(rejection!);
        var start = StartOf(command.To);
        if (start > state.NextCompletion)
            return new Response.Rejected(
                new Rejection(
                    RejectionKind.BadRequest,
                    $"Completion {start} does not exist yet. The last one is {state.NextCompletion - 1}; use 'now' for "
                        + "the jobs that end from now on."
                )
            );
        feed.Seek(start, state.Feeds.Epochs.Take(context.Batch), context.Batch);
        state.Feeds.WakeNext(feed, context.Batch);
        room.OnFeedChanged(feed, context);
        return new Response.Feeds([View(feed)]);
    }

    private Response Delete(Command.DeleteFeed command, ApplyContext context)
    {
        if (FeedRule.Find(state, command.Feed, command.Queue, out var rejection) is not { } feed)
            return new Response.Rejected(rejection!);
        var view = View(feed);
        // Moving the feed to the end also ends its leases, so that it no longer prevents the deletion of jobs.
        feed.Seek(state.NextCompletion, state.Feeds.Epochs.Take(context.Batch), context.Batch);
        context.Batch.Add(new RowChange.FeedRemoved(feed.Name));
        state.Feeds.Remove(feed);
        while (state.Feeds.WaitingPulls.TryTakeFirst(feed.Name, out var requestId))
            context.Batch.Add(requestId, new Response.Rejected(FeedRule.Unknown(feed.Name)));
        room.OnFeedChanged(feed, context);
        return new Response.Feeds([view]);
    }

    private Response.Feeds List(string? after)
    {
        var page = state
            .Feeds.All.Where(feed => string.CompareOrdinal(feed.Name.Text, after ?? "") > 0)
            .Take(MaxListed + 1)
            .ToList();
        return new Response.Feeds([.. page.Take(MaxListed).Select(View)], IsLast: page.Count <= MaxListed);
    }

    private long StartOf(FeedStart start) => start.Number ?? state.NextCompletion;

    private FeedView View(Feed feed)
    {
        var gaps = feed.Acknowledged.GapsUpward(feed.Start, state.NextCompletion - 1).Take(MaxGaps + 1).ToList();
        return new FeedView(feed.ToRow())
        {
            Position = feed.Position,
            LastCompletion = state.NextCompletion - 1,
            Leased = feed.LeasedCount,
            Gaps = [.. gaps.Take(MaxGaps)],
            HasMoreGaps = gaps.Count > MaxGaps,
        };
    }
}
