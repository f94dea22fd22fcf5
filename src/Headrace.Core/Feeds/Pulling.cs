namespace Headrace.Core.Feeds;

/// <summary>
/// Delivers the latest completions of a queue that a feed has not received yet, and acknowledges them in the same
/// commit (R16). Completions are stored on disk, so the command first requests a read of the undelivered ranges and is
/// applied again with the rows (R2). Concurrent pulls may read the same rows: each receives those not yet delivered,
/// and reads again if none are left.
/// </summary>
internal sealed class Pulling(BrokerState state)
{
    /// <summary>
    /// Number of reads that may find only completions delivered to other pulls before the pull is rejected.
    /// </summary>
    private const int Tries = 3;

    /// <summary>
    /// Pulls that wait for a read. Each read fetches enough completions for all of them, so that some are left after
    /// the others are served.
    /// </summary>
    private readonly Dictionary<Ticket, (int Top, int Tries)> _out = [];

    public void Gone(Ticket ticket) => _out.Remove(ticket);

    public Answer Apply(Ticket ticket, Command.Pull pull, Turn turn)
    {
        if (Open(pull, turn, out var refusal) is not { } feed)
            return End(ticket, new Answer.Refused(refusal!));
        if (pull.Found is not { } found)
            return Ask(ticket, pull, feed, Tries);
        var pulled = Take(pull, found, feed, turn);
        if (pulled.Count > 0)
            return End(ticket, new Answer.Pulled(pulled));
        // If the read found no completions, the scanned ranges are marked and the next read continues beyond them. If
        // other pulls received them all, the number of further reads is limited.
        var tries = _out[ticket].Tries - (found.Ends.Count > 0 ? 1 : 0);
        if (tries > 0)
            return Ask(ticket, pull, feed, tries);
        return End(
            ticket,
            new Answer.Refused(
                new Refusal(
                    RefusalKind.Unavailable,
                    $"Other requests are pulling from '{feed.Name}' at the same time. Pull again."
                )
                {
                    RetryAfter = TimeSpan.FromSeconds(1),
                }
            )
        );
    }

    private Feed? Open(Command.Pull pull, Turn turn, out Refusal? refusal)
    {
        refusal = null;
        if (state.Feeds.TryGet(pull.Feed, out var feed))
        {
            if (feed.Queue == pull.Queue)
                return feed;
            refusal = new Refusal(
                RefusalKind.BadRequest,
                $"The feed '{feed.Name}' belongs to the queue '{feed.Queue}', not to '{pull.Queue}'."
            );
            return null;
        }
        if (state.Feeds.Count >= Limits.Feeds)
        {
            refusal = new Refusal(
                RefusalKind.BadRequest,
                $"The feed cannot be created because the limit of {Limits.Feeds} feeds is reached. Use an "
                    + "existing feed."
            );
            return null;
        }
        var row = new FeedRow(pull.Feed, pull.Queue, Start: 1);
        turn.Batch.Add(new RowChange.FeedPut(row));
        return state.Feeds.Add(row);
    }

    private Answer Ask(Ticket ticket, Command.Pull pull, Feed feed, int tries)
    {
        // Each gap either contains a completion or is marked as delivered by this read, so this many gaps are enough.
        // The read starts once this batch is durable and includes the jobs that ended in it.
        var gaps = feed.Given.Gaps(feed.Start, state.NextFinish - 1).Take(pull.Top).ToList();
        if (gaps.Count == 0)
            return End(ticket, new Answer.Pulled([]));
        if (!_out.ContainsKey(ticket))
            state.Pins.Take(ticket, []);
        _out[ticket] = (pull.Top, tries);
        return new Answer.Need([
            new RowKey.Ends(feed.Queue, gaps, Math.Min(Limits.JobsPerCommand, _out.Values.Sum(pull => pull.Top)))
            {
                OldestFirst = IsRagged(feed),
            },
        ]);
    }

    /// <summary>
    /// Delivering the latest first leaves a gap whenever a pull takes fewer completions than are available. Above the
    /// limit, the uppermost gap is filled from its lower end, which leaves none.
    /// </summary>
    private bool IsRagged(Feed feed) => feed.Given.Count >= state.Options.FeedRanges;

    /// <summary>Takes the undelivered completions and marks the ranges scanned so far as delivered.</summary>
    private static List<PulledEnd> Take(Command.Pull pull, EndsRow found, Feed feed, Turn turn)
    {
        var taken = new List<PulledEnd>();
        foreach (var end in found.Ends)
        {
            if (taken.Count == pull.Top)
                break;
            if (!feed.Given.Contains(end.Finish))
                taken.Add(end);
        }
        // If the pull is full, everything after the last completion taken stays undelivered: the rest of its range and
        // the ranges scanned after it.
        var last = taken.Count == pull.Top ? taken[^1].Finish : (long?)null;
        foreach (var span in found.Looked)
        {
            if (last is not { } at || at < span.From || at > span.To)
            {
                feed.Give(span, turn.Batch);
                continue;
            }
            feed.Give(found.OldestFirst ? span with { To = at } : span with { From = at }, turn.Batch);
            break;
        }
        taken.Sort(static (a, b) => a.Finish.CompareTo(b.Finish));
        return taken;
    }

    private Answer End(Ticket ticket, Answer answer)
    {
        _out.Remove(ticket);
        state.Pins.Release(ticket);
        return answer;
    }
}
