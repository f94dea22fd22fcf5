using System.Diagnostics.CodeAnalysis;
using Headrace.Core.Jobs;

namespace Headrace.Core.Feeds;

/// <summary>
/// A named consumer of a queue's ended jobs with its own position (R16). The position is stored as ranges of
/// acknowledged completion numbers. A range may include the completion numbers of jobs in other queues and of jobs that
/// the feed does not deliver. It means only that no completion within it remains to be delivered.
/// </summary>
internal sealed class Feed(FeedRow row)
{
    private readonly Dictionary<long, LeasedDelivery> _leased = [];

    /// <summary>All acknowledged numbers, and those that the leased deliveries cover.</summary>
    private readonly RangeSet _handled = new();

    /// <summary>Counts the events that may have given the feed something to deliver.</summary>
    private long _arrivals = 1;

    /// <summary>The value of <see cref="_arrivals"/> up to which a read found nothing to deliver.</summary>
    private long _exhaustedAt;

    public FeedName Name { get; } = row.Name;

    public QueueName Queue { get; } = row.Queue;

    public FeedStates States { get; } = row.States;

    /// <summary>
    /// True if a pull without a lease created the feed. It delivers the latest completions first, and does not prevent
    /// the deletion of jobs.
    /// </summary>
    public bool Implicit { get; } = row.Implicit;

    /// <summary>The first completion number that belongs to the feed.</summary>
    public long Start { get; private set; } = row.Start;

    /// <summary>
    /// The first epoch whose delivery tokens are valid. Tokens with earlier epochs were issued before a seek, or by
    /// another feed.
    /// </summary>
    public long FirstEpoch { get; set; } = row.FirstEpoch;

    /// <summary>
    /// The number of completions that were deleted before the feed acknowledged them. It only increases, so if a reply
    /// is lost, the next one still reports these completions.
    /// </summary>
    public long Expired { get; private set; } = row.Expired;

    /// <summary>The acknowledged ranges.</summary>
    public RangeSet Acknowledged { get; } = new();

    /// <summary>The number up to which every completion of the feed has been acknowledged.</summary>
    public long Position =>
        Acknowledged.Count > 0 && Acknowledged.All[0].From <= Start ? Acknowledged.All[0].To : Start - 1;

    public int LeasedCount => _leased.Count;

    public IEnumerable<LeasedDelivery> Leased => _leased.Values;

    /// <summary>A number that changes whenever the feed may have something new to deliver.</summary>
    public long Arrivals => _arrivals;

    /// <summary>False if a read has found nothing to deliver and nothing has arrived since.</summary>
    public bool MayHaveDeliveries => _arrivals != _exhaustedAt;

    public FeedRow ToRow() =>
        new(Name, Queue, Start)
        {
            States = States,
            Implicit = Implicit,
            FirstEpoch = FirstEpoch,
            Expired = Expired,
        };

    public void Restore(CompletionRange acknowledged)
    {
        Acknowledged.Add(acknowledged, out _);
        _handled.Add(acknowledged, out _);
    }

    /// <summary>Called when the feed may have something new to deliver.</summary>
    public void OnArrived() => _arrivals++;

    /// <summary>Called when a read that began at this value of <see cref="Arrivals"/> found nothing.</summary>
    public void OnExhausted(long arrivals) => _exhaustedAt = arrivals;

    /// <summary>The ranges, up to a given number, in which completions may be available.</summary>
    public IEnumerable<CompletionRange> Available(long last, bool oldestFirst) =>
        oldestFirst ? _handled.GapsUpward(Start, last) : _handled.Gaps(Start, last);

    /// <summary>True if the completion is neither acknowledged nor leased.</summary>
    public bool IsAvailable(long number) => number >= Start && !_handled.Contains(number);

    /// <summary>True if the feed must still deliver this completion or is waiting for it to be acknowledged.</summary>
    public bool Needs(long number, JobState ended) =>
        number >= Start && States.Includes(ended) && !Acknowledged.Contains(number);

    public bool TryGetLeased(long number, [NotNullWhen(true)] out LeasedDelivery? delivery) =>
        _leased.TryGetValue(number, out delivery);

    /// <summary>Leases an available completion to a pull.</summary>
    public void Lease(CoveredCompletion covered, PullLease lease)
    {
        var number = covered.Completion.CompletionNumber;
        var covers = _handled.ClipToGap(covered.Covers, number);
        _leased.Add(number, new LeasedDelivery(number, covered.Completion.Job, covers, lease));
        _handled.Add(covers, out _);
        lease.Numbers.Add(number);
    }

    /// <summary>
    /// Ends the lease of a delivery that is acknowledged or no longer exists. Returns the numbers to acknowledge.
    /// </summary>
    public CompletionRange Settle(long number)
    {
        if (!_leased.Remove(number, out var delivery))
            return new CompletionRange(number, number);
        delivery.Lease.Numbers.Remove(number);
        return delivery.Covers;
    }

    /// <summary>
    /// Ends the lease of a delivery without an acknowledgement, so that the delivery is available again.
    /// </summary>
    public void Release(LeasedDelivery delivery)
    {
        _leased.Remove(delivery.Number);
        delivery.Lease.Numbers.Remove(delivery.Number);
        _handled.Remove(delivery.Covers);
        // Another pull may have found part of the range empty and acknowledged that part.
        foreach (var acknowledged in Acknowledged.Within(delivery.Covers).ToList())
            _handled.Add(acknowledged, out _);
    }

    /// <summary>Records that no completion in this range remains to be delivered.</summary>
    public void Acknowledge(CompletionRange range, Batch batch)
    {
        _handled.Add(range, out _);
        var whole = Acknowledged.Add(range, out var gone);
        if (gone is [var same] && same == whole)
            return;
        foreach (var old in gone)
            if (old.From != whole.From)
                batch.Add(new RowChange.FeedRangeRemoved(Name, old.From));
        batch.Add(new RowChange.FeedRangePut(new FeedRangeRow(Name, whole)));
    }

    /// <summary>Records that a completion was deleted before it was acknowledged.</summary>
    public void Expire(long number, Batch batch)
    {
        Expired++;
        batch.Add(new RowChange.FeedPut(ToRow()));
        Acknowledge(Settle(number), batch);
    }

    /// <summary>
    /// Moves the feed: completions from this number on are delivered again, and earlier ones are not. Delivery tokens
    /// from earlier pulls become invalid.
    /// </summary>
    public void Seek(long start, long firstEpoch, Batch batch)
    {
        foreach (var delivery in _leased.Values)
            delivery.Lease.Numbers.Clear();
        _leased.Clear();
        _handled.Clear();
        Acknowledged.Clear();
        (Start, FirstEpoch) = (start, firstEpoch);
        OnArrived();
        batch.Add(new RowChange.FeedRangesRemoved(Name));
        batch.Add(new RowChange.FeedPut(ToRow()));
    }
}
