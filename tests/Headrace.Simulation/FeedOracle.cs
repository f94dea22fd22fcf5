using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Retention;

namespace Headrace.Simulation;

/// <summary>
/// Verifies named feeds from the requests of their consumers, the responses that the server publishes, and the contents
/// of the disk (R16): no acknowledged completion is delivered again, no completion is delivered to two consumers within
/// a lease, only consumers acknowledge completions, and a completion that is deleted before its acknowledgement counts
/// as expired.
/// </summary>
internal sealed class FeedOracle(World world)
{
    private readonly record struct Hold(long Epoch, Elapsed Until);

    /// <summary>
    /// The completions that consumers hold, by feed and completion number, with the earliest time at which each lease
    /// may end.
    /// </summary>
    private readonly Dictionary<(FeedName Feed, long Number), Hold> _holds = [];

    /// <summary>The completions that stored batches acknowledged on behalf of consumers, since the last seek.</summary>
    private readonly HashSet<(FeedName Feed, long Number)> _acknowledged = [];

    /// <summary>The number of completions that were deleted before their acknowledgement.</summary>
    private readonly Dictionary<FeedName, long> _expired = [];

    /// <summary>The consumers' requests, and when they arrived at the server.</summary>
    private readonly Dictionary<RequestId, (Command Command, Elapsed At)> _requests = [];

    /// <summary>
    /// The pulls in stored batches that have already been compared with the acknowledgements made before their batch.
    /// </summary>
    private readonly HashSet<RequestId> _checked = [];

    /// <summary>Returns true if some completion on disk has not been acknowledged by the feed.</summary>
    public bool HasLag(FeedName name) =>
        world.Store.Feeds.FirstOrDefault(feed => feed.Name == name) is { } feed
        && world.Store.Done.Values.Any(done => Needs(feed, done.CompletionNumber, done.Job));

    public bool HasAnyLag => world.Store.Feeds.Any(feed => !feed.Implicit && HasLag(feed.Name));

    public void OnArrived(RequestId requestId, Command command)
    {
        if (command is Command.Settle or Command.Pull { Lease: not null } or Command.SeekFeed or Command.DeleteFeed)
            _requests.Add(requestId, (command, world.Clock));
    }

    /// <summary>Leases exist only in memory.</summary>
    public void OnLoaded() => _holds.Clear();

    /// <summary>Called before a batch is written to the disk.</summary>
    public void OnWriting(Batch batch)
    {
        foreach (var (requestId, answer) in batch.Responses)
            if (
                answer is Response.Pulled pulled
                && _requests.TryGetValue(requestId, out var request)
                && _checked.Add(requestId)
            )
                CheckNotAcknowledged(((Command.Pull)request.Command).Feed, pulled);
        foreach (var change in batch.Changes)
            if (change is RowChange.JobDeleted { Job: var job })
                CheckNotHeld(job, batch);
    }

    /// <summary>
    /// Called after a batch has reached the disk, with the feeds and ranges as they were before the batch.
    /// </summary>
    public void OnStored(Batch batch, FeedRanges before)
    {
        var firstEpochs = world.Store.Feeds.ToDictionary(feed => feed.Name, feed => feed.FirstEpoch);
        foreach (var change in batch.Changes)
            switch (change)
            {
                case RowChange.JobDeleted { Job: var job }:
                    foreach (var feed in before.Feeds.Where(feed => !feed.Implicit))
                        if (before.Needs(feed, job.CompletionNumber, job.Queue, job.State))
                            _expired[feed.Name] = _expired.GetValueOrDefault(feed.Name) + 1;
                    break;
                case RowChange.FeedRangesRemoved { Feed: var moved }:
                    _acknowledged.RemoveWhere(entry => entry.Feed == moved);
                    before.Apply(change);
                    break;
                case RowChange.FeedRemoved { Feed: var removed }:
                    _expired.Remove(removed);
                    before.Apply(change);
                    break;
                case RowChange.FeedPut { Row: { Implicit: false } row }:
                    if (row.Expired != _expired.GetValueOrDefault(row.Name))
                        throw new SimulationFaultException(
                            $"feed {row.Name} reports {row.Expired} expired completions instead of "
                                + $"{_expired.GetValueOrDefault(row.Name)}"
                        );
                    before.Apply(change);
                    break;
                case RowChange.FeedPut or RowChange.FeedRangePut or RowChange.FeedRangeRemoved:
                    before.Apply(change);
                    break;
            }
        foreach (var (requestId, answer) in batch.Responses)
            if (
                answer is Response.Settled
                && _requests.TryGetValue(requestId, out var request)
                && request.Command is Command.Settle { Acknowledges: true } settle
            )
                foreach (var token in settle.Deliveries)
                    if (firstEpochs.TryGetValue(settle.Feed, out var first) && token.Epoch >= first)
                        _acknowledged.Add((settle.Feed, token.CompletionNumber));
        if (batch.Changes.Any(change => change is RowChange.FeedRangePut))
            CheckAcknowledgedByConsumers();
    }

    /// <summary>Called for each response that the server publishes, even if its caller has disconnected.</summary>
    public void OnPublished(RequestId requestId, Response answer)
    {
        if (!_requests.Remove(requestId, out var request))
            return;
        switch (request.Command, answer)
        {
            case (Command.Settle settle, Response.Settled):
                foreach (var token in settle.Deliveries)
                    if (
                        _holds.TryGetValue((settle.Feed, token.CompletionNumber), out var hold)
                        && (settle.Acknowledges || hold.Epoch == token.Epoch)
                    )
                        _holds.Remove((settle.Feed, token.CompletionNumber));
                break;
            case (Command.SeekFeed { Feed: var moved }, Response.Feeds):
                EndHolds(moved);
                break;
            case (Command.DeleteFeed { Feed: var deleted }, Response.Feeds):
                EndHolds(deleted);
                break;
            case (Command.Pull pull, Response.Pulled pulled):
                if (!_checked.Remove(requestId))
                    CheckNotAcknowledged(pull.Feed, pulled);
                foreach (var end in pulled.Completions)
                    OnHandedOut(pull, end.CompletionNumber, pulled.Epoch, request.At);
                break;
        }
    }

    /// <summary>Checks the final state, after consumers have acknowledged everything that they received.</summary>
    public void Verify()
    {
        foreach (var feed in world.Store.Feeds.Where(feed => !feed.Implicit))
            if (HasLag(feed.Name))
                throw new SimulationFaultException($"feed {feed.Name} has not delivered every completion");
            else if (feed.Expired != _expired.GetValueOrDefault(feed.Name))
                throw new SimulationFaultException($"feed {feed.Name} does not report every expired completion");
        CheckAcknowledgedByConsumers();
    }

    private void OnHandedOut(Command.Pull pull, long number, long epoch, Elapsed requested)
    {
        if (_holds.TryGetValue((pull.Feed, number), out var hold) && world.Clock < hold.Until)
            throw new SimulationFaultException(
                $"completion {number} was delivered by feed {pull.Feed} with the epochs {hold.Epoch} and {epoch} "
                    + "within one lease"
            );
        // The broker grants the lease after the request arrives, and the broker's clock does not run faster than the
        // simulation's. The lease therefore ends at this time or later.
        _holds[(pull.Feed, number)] = new Hold(epoch, requested + pull.Lease!.Value);
    }

    private void CheckNotAcknowledged(FeedName feed, Response.Pulled pulled)
    {
        foreach (var end in pulled.Completions)
            if (_acknowledged.Contains((feed, end.CompletionNumber)))
                throw new SimulationFaultException(
                    $"completion {end.CompletionNumber} was delivered again by feed {feed} after its acknowledgement"
                );
    }

    /// <summary>
    /// No completion is deleted while a consumer holds it, unless a client has requested the deletion.
    /// </summary>
    private void CheckNotHeld(EndedJob job, Batch batch)
    {
        if (world.Retention.IsDeletionRequested(job.Id) || world.SweepOracle.MayDelete(job, batch))
            return;
        foreach (var ((feed, number), hold) in _holds)
            if (number == job.CompletionNumber && world.Server.CommittingSince < hold.Until && !IsSettled(feed, batch))
                throw new SimulationFaultException($"completion {number} was deleted while feed {feed} had leased it");
    }

    /// <summary>Returns true if the batch may have ended leases on the feed's completions.</summary>
    private bool IsSettled(FeedName feed, Batch batch) =>
        batch.Responses.Any(response =>
            _requests.TryGetValue(response.Ticket, out var request)
            && request.Command switch
            {
                Command.Settle settle => settle.Feed == feed,
                Command.SeekFeed seek => seek.Feed == feed,
                Command.DeleteFeed delete => delete.Feed == feed,
                _ => false,
            }
        );

    /// <summary>A completion on disk counts as acknowledged only if a consumer has acknowledged it.</summary>
    private void CheckAcknowledgedByConsumers()
    {
        foreach (var feed in world.Store.Feeds.Where(feed => !feed.Implicit))
            foreach (var done in world.Store.Done.Values)
                if (
                    done.Job.Spec.Queue == feed.Queue
                    && feed.States.Includes(done.Job.Status.State)
                    && done.CompletionNumber >= feed.Start
                    && world.Store.WasDelivered(feed.Name, done.CompletionNumber)
                    && !_acknowledged.Contains((feed.Name, done.CompletionNumber))
                )
                    throw new SimulationFaultException(
                        $"feed {feed.Name} has skipped completion {done.CompletionNumber}, which no consumer has "
                            + "acknowledged"
                    );
    }

    private bool Needs(FeedRow feed, long number, JobRow job) =>
        job.Spec.Queue == feed.Queue
        && feed.States.Includes(job.Status.State)
        && number >= feed.Start
        && !world.Store.WasDelivered(feed.Name, number);

    private void EndHolds(FeedName feed)
    {
        foreach (var key in _holds.Keys.Where(key => key.Feed == feed).ToList())
            _holds.Remove(key);
    }
}
