using Headrace.Core.Retention;

namespace Headrace.Core.Feeds;

/// <summary>
/// Delivers the latest completions of a queue that a feed has not received yet, and acknowledges them in the same
/// commit (R16). Completions are stored on disk, so the command first requests a read of the undelivered ranges and is
/// applied again with the rows (R2). Concurrent pulls may read the same rows. Each pull receives only those that are
/// still undelivered, and reads again if none is left.
/// </summary>
internal sealed class PullHandler(BrokerState state)
{
    /// <summary>
    /// Maximum number of reads whose completions were all delivered to other pulls. The pull is then rejected.
    /// </summary>
    private const int MaxReads = 3;

    /// <summary>
    /// Pulls that wait for a read. Each read fetches enough completions for all of them, so that every pull finds some
    /// even if the others are served first.
    /// </summary>
    private readonly Dictionary<RequestId, (int Top, int Tries)> _reads = [];

    public void OnCallerDisconnected(RequestId requestId)
    {
        _reads.Remove(requestId);
        state.Feeds.Removed.PendingPulls = _reads.Count;
    }

    public Response Apply(RequestId requestId, Command.Pull pull, ApplyContext context)
    {
        if (FindOrCreateFeed(pull, out var rejection) is not { } feed)
            return Complete(requestId, new Response.Rejected(rejection!));
        if (pull.Completions is not { } found)
            return RequireRead(requestId, pull, feed, MaxReads);
        var pulled = TakeUndelivered(pull, found, feed, context);
        if (pulled.Count > 0)
            return Complete(requestId, new Response.Pulled(pulled));
        // If the read found no completions, the scanned ranges are marked and the next read continues beyond them. If
        // it found completions but other pulls received all of them, the number of further reads is limited.
        var tries = _reads[requestId].Tries - (found.Completions.Count > 0 ? 1 : 0);
        if (tries > 0)
            return RequireRead(requestId, pull, feed, tries);
        return Complete(
            requestId,
            new Response.Rejected(
                new Rejection(
                    RejectionKind.Unavailable,
                    $"Other requests are pulling from feed '{feed.Name}' at the same time. Try again."
                )
                {
                    RetryAfter = TimeSpan.FromSeconds(1),
                }
            )
        );
    }

    /// <summary>
    /// Returns the feed, creating it if necessary. A new feed is added to the table only when it has a range to record,
    /// because an empty feed needs neither a row nor a table entry.
    /// </summary>
    private Feed? FindOrCreateFeed(Command.Pull pull, out Rejection? rejection)
    {
        rejection = null;
        if (state.Feeds.TryGet(pull.Feed, out var feed))
        {
            if (feed.Queue == pull.Queue)
                return feed;
            rejection = new Rejection(
                RejectionKind.BadRequest,
                $"Feed '{feed.Name}' belongs to queue '{feed.Queue}', not to queue '{pull.Queue}'."
            );
            return null;
        }
        if (state.Feeds.Count >= Limits.Feeds)
        {
            rejection = new Rejection(
                RejectionKind.BadRequest,
                $"The feed cannot be created because the limit of {Limits.Feeds} feeds is reached. Use an "
                    + "existing feed."
            );
            return null;
        }
        return new Feed(new FeedRow(pull.Feed, pull.Queue, Start: 1));
    }

    private void Store(Feed feed, ApplyContext context)
    {
        if (state.Feeds.TryGet(feed.Name, out _))
            return;
        context.Batch.Add(new RowChange.FeedPut(feed.ToRow()));
        state.Feeds.Add(feed);
    }

    private Response RequireRead(RequestId requestId, Command.Pull pull, Feed feed, int tries)
    {
        // Each gap either contains a completion or is marked as delivered by this read, so this many gaps are enough.
        // The read starts once this batch is durable and includes the jobs that ended in it.
        var gaps = feed.Delivered.Gaps(feed.Start, state.NextCompletion - 1).Take(pull.MaxCount).ToList();
        if (gaps.Count == 0)
            return Complete(requestId, new Response.Pulled([]));
        if (!_reads.ContainsKey(requestId))
            state.PendingReads.Begin(requestId, []);
        _reads[requestId] = (pull.MaxCount, tries);
        state.Feeds.Removed.PendingPulls = _reads.Count;
        return new Response.ReadRequired([
            new RowKey.Completions(
                feed.Queue,
                gaps,
                Math.Min(Limits.JobsPerCommand, _reads.Values.Sum(pull => pull.Top))
            )
            {
                OldestFirst = IsFragmented(feed),
            },
        ]);
    }

    /// <summary>
    /// True if the feed has reached its limit of ranges. Delivering the latest completions first leaves a gap whenever
    /// a pull takes fewer than are available. At the limit, a pull fills the uppermost gap from its lower end instead,
    /// which creates no new gap.
    /// </summary>
    private bool IsFragmented(Feed feed) => feed.Delivered.Count >= state.Options.MaxFeedRanges;

    /// <summary>Takes the undelivered completions and marks the ranges scanned so far as delivered.</summary>
    private List<DeliveredCompletion> TakeUndelivered(
        Command.Pull pull,
        CompletionPage found,
        Feed feed,
        ApplyContext context
    )
    {
        var taken = new List<DeliveredCompletion>();
        foreach (var end in found.Completions)
        {
            if (taken.Count == pull.MaxCount)
                break;
            if (!feed.Delivered.Contains(end.CompletionNumber) && !IsRemoved(pull.Queue, end.CompletionNumber))
                taken.Add(end);
        }
        if (found.ScannedRanges.Count > 0)
            Store(feed, context);
        // If the pull is full, everything after the last completion taken stays undelivered: the rest of its range and
        // the ranges scanned after it.
        var last = taken.Count == pull.MaxCount ? taken[^1].CompletionNumber : (long?)null;
        foreach (var completionRange in found.ScannedRanges)
        {
            if (last is not { } at || at < completionRange.From || at > completionRange.To)
            {
                feed.MarkDelivered(completionRange, context.Batch);
                continue;
            }
            feed.MarkDelivered(
                found.OldestFirst ? completionRange with { To = at } : completionRange with { From = at },
                context.Batch
            );
            break;
        }
        taken.Sort(static (a, b) => a.CompletionNumber.CompareTo(b.CompletionNumber));
        return taken;
    }

    /// <summary>True if, since the completion was read, it has been deleted or its job has been retried.</summary>
    private bool IsRemoved(QueueName queue, long completionNumber) =>
        state.Feeds.Removed.Contains(completionNumber)
        || (
            state.Histories.TryGet(queue, out var history)
            && completionNumber <= history[HistoryClass.Succeeded].DeletedTo
        );

    private Response Complete(RequestId requestId, Response response)
    {
        OnCallerDisconnected(requestId);
        state.PendingReads.Release(requestId);
        return response;
    }
}
