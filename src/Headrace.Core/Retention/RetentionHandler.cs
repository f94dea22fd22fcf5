using Headrace.Core.Jobs;

namespace Headrace.Core.Retention;

/// <summary>
/// Deletes ended jobs: jobs whose retention has expired, in small steps, and individual jobs on request (R14). The
/// broker reads the jobs first (R2), so it knows all rows and counts before the commit. The commit can therefore be
/// retried (R5).
/// </summary>
internal sealed class RetentionHandler(BrokerState state, ResultRoom room, JobDeletion deletion)
{
    /// <summary>Maximum number of queues that one command examines.</summary>
    private const int QueuesPerCommand = 1_000;

    /// <summary>
    /// The requested pages, each with the time of the request and the number of removals at that time.
    /// </summary>
    private readonly Dictionary<RequestId, PendingPage> _pages = [];

    /// <summary>The number of consecutive queues for which there was nothing to delete.</summary>
    private int _examined;

    public void OnCallerDisconnected(RequestId requestId) => _pages.Remove(requestId);

    public Response Apply(RequestId requestId, Command command, ApplyContext context) =>
        command is Command.DeleteJob delete
            ? Apply(requestId, delete, context)
            : Apply(requestId, (Command.DeleteExpired)command, context);

    /// <summary>Deletes the oldest expired jobs of the next queue that has any.</summary>
    private Response Apply(RequestId requestId, Command.DeleteExpired command, ApplyContext context)
    {
        if (command.Page is not { } page)
            return RequireOldest(requestId, context);
        state.PendingReads.Release(requestId);
        _pages.Remove(requestId, out var pending);
        var (histories, historyClass) = (pending.Histories, pending.Class);
        // Jobs in the page may have been deleted or retried since it was read.
        if (histories is null || histories.Removals != pending.Removals)
            return new Response.ExpiredDeleted(0, HasMore: true);
        var history = histories[historyClass];
        var limit = state.Queues.SettingsOf(histories.Queue).RetentionOf(historyClass);
        var (minimum, now) = (state.Options.MinRetention, context.Confirmed);
        if (page.Jobs.Count > 0 && RetentionRule.EndTimes(page.Jobs, history.EndedBefore)[0] > now)
            history.OnEndedInFuture(page.Jobs[0].CompletionNumber, state.NextCompletion - 1, now);
        var ended = RetentionRule.EndTimes(page.Jobs, history.EndedBefore);
        var expired = RetentionRule.CountExpired(page.Jobs, ended, history.Bytes, limit, minimum, now);
        var feeds = state.Feeds.Of(histories.Queue);
        expired = RetentionRule.CountDeletable(
            page.Jobs,
            ended,
            expired,
            RetentionRule.MaxAgeOfHeld(limit, minimum),
            now,
            job => FeedHold.Of(job, feeds),
            out var hold
        );
        var maxAge = RetentionRule.MaxAge(history.Bytes, limit, minimum);
        var isBehind = expired > 0 && now - ended[0] > maxAge + (maxAge / 4);
        for (var i = 0; i < expired; i++)
            deletion.DeleteExpired(page.Jobs[i], context);
        history.DeletedTo = expired < page.Jobs.Count ? page.Jobs[expired].CompletionNumber - 1 : page.ScannedTo;
        history.OldestNotBefore =
            expired < page.Jobs.Count ? Earlier(ended[expired], now)
            // Any remaining jobs ended after the page was read.
            : page.IsLast ? pending.ReadAt
            : null;
        history.Hold = hold;
        room.Review(histories, context);
        return new Response.ExpiredDeleted(expired, HasMore: true) { IsBehind = isBehind };
    }

    /// <summary>Deletes an ended job at a client's request, regardless of its age.</summary>
    private Response Apply(RequestId requestId, Command.DeleteJob command, ApplyContext context)
    {
        if (state.Jobs.TryGet(command.Job, out var live))
        {
            state.PendingReads.Release(requestId);
            return new Response.Live(live.ToRow(), null);
        }
        RowKey key = new RowKey.EndedJob(command.Job);
        if (!command.IsRead)
        {
            state.PendingReads.Begin(requestId, [new RowKey.Ended(command.Job)]);
            return new Response.ReadRequired([key]);
        }
        switch (state.PendingReads.Complete(requestId))
        {
            case PendingReadState.Stale:
                return new Response.ReadRequired([key]);
            case PendingReadState.Abandoned:
                return new Response.Rejected(
                    new Rejection(
                        RejectionKind.Unavailable,
                        $"Other requests are changing job {command.Job} at the same time. Try again."
                    )
                    {
                        RetryAfter = TimeSpan.FromSeconds(1),
                    }
                );
        }
        if (command.Ended is not { } ended)
            return new Response.NotLive();
        deletion.DeleteRequested(ended, context);
        return new Response.Deleted(ended);
    }

    private Response RequireOldest(RequestId requestId, ApplyContext context)
    {
        for (var looked = 0; looked < QueuesPerCommand; looked++)
        {
            if (_examined >= state.Histories.Count || state.Histories.Next() is not { } histories)
            {
                _examined = 0;
                return new Response.ExpiredDeleted(0, HasMore: false);
            }
            if (FindDue(histories, context.Confirmed) is not { } historyClass)
            {
                _examined++;
                continue;
            }
            _examined = 0;
            state.PendingReads.Begin(requestId, []);
            _pages.Add(requestId, new PendingPage(histories, historyClass, histories.Removals, context.Confirmed));
            return new Response.ReadRequired([
                new RowKey.History(
                    histories.Queue,
                    historyClass,
                    histories[historyClass].DeletedTo,
                    Limits.JobsPerDeletion
                ),
            ]);
        }
        return new Response.ExpiredDeleted(0, HasMore: true);
    }

    private HistoryClass? FindDue(QueueHistory histories, Instant now)
    {
        var settings = state.Queues.SettingsOf(histories.Queue);
        foreach (var historyClass in QueueHistory.Classes)
            if (
                RetentionRule.DueAt(
                    histories[historyClass],
                    settings.RetentionOf(historyClass),
                    state.Options.MinRetention
                ) <= now
            )
                return historyClass;
        return null;
    }

    private static Instant Earlier(Instant a, Instant b) => a < b ? a : b;

    private readonly record struct PendingPage(
        QueueHistory Histories,
        HistoryClass Class,
        long Removals,
        Instant ReadAt
    );
}
