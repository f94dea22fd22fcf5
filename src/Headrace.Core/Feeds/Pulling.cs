namespace Headrace.Core.Feeds;

/// <summary>
/// Pull: the latest results of a queue that a feed has not been given yet, acknowledged in the commit that answers
/// (R16). What has ended lies on disk, so the command asks for the gaps
/// first and comes back with what lies there (R2). Two pulls may read the same; each is given what no other has taken
/// meanwhile, and looks again where that is nothing.
/// </summary>
internal sealed class Pulling(BrokerState state)
{
    /// <summary>How often a pull finds that others took all it read, before it is sent away.</summary>
    private const int Tries = 3;

    /// <summary>
    /// The pulls that are out on a read. Each reads as much more as the others want, so that what they take is not all
    /// it finds.
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
        // Nothing lay there: what was looked through is closed, and the next look goes further. Something lay there and
        // others were first: that may happen only so often.
        var tries = _out[ticket].Tries - (found.Ends.Count > 0 ? 1 : 0);
        if (tries > 0)
            return Ask(ticket, pull, feed, tries);
        return End(
            ticket,
            new Answer.Refused(
                new Refusal(RefusalKind.Unavailable, $"Others pull from '{feed.Name}' at the same moment. Pull again.")
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
                $"The feed '{feed.Name}' is one of the queue '{feed.Queue}', not of '{pull.Queue}'."
            );
            return null;
        }
        if (state.Feeds.Count >= Limits.Feeds)
        {
            refusal = new Refusal(
                RefusalKind.BadRequest,
                $"There are {Limits.Feeds} feeds, the most there may be. Use one of those that exist."
            );
            return null;
        }
        var row = new FeedRow(pull.Feed, pull.Queue, Start: 1);
        turn.Batch.Add(new RowChange.FeedPut(row));
        return state.Feeds.Add(row);
    }

    private Answer Ask(Ticket ticket, Command.Pull pull, Feed feed, int tries)
    {
        // Each gap holds at least one result to give, or is closed by this read: so many gaps fill the pull. The read
        // starts when this batch is durable, and finds all that ended in it.
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
    /// Latest first leaves a gap for every pull that takes less than has come. Past so many, the upper gap is filled
    /// from below, which leaves none.
    /// </summary>
    private bool IsRagged(Feed feed) => feed.Given.Count >= state.Options.FeedRanges;

    /// <summary>Takes what is still to be given, and closes what was looked through on the way to it.</summary>
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
        // When the pull is full, what lies behind the last one taken stays to be given: the rest of its range, and the
        // ranges looked through after it.
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
