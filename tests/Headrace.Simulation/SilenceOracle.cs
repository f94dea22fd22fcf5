using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// Verifies that the server notices every silent worker in time, and considers no other worker silent (R8, R20). It
/// knows when each message reached the mailbox and measures time with the machine's clock, independently of the shard's
/// clock.
/// </summary>
internal sealed class SilenceOracle(World world)
{
    /// <summary>
    /// The number of turns that may pass until the tick that notices silence: the turn in which the lease ended, one
    /// that commits an isolated command, and one whose batch is filled by messages that arrived before the tick.
    /// </summary>
    private const int TurnsBeforeTick = 3;

    /// <summary>
    /// The longest gap between two turns that counts in full: a sixth of the lease, at least 1 s (R20). A longer gap is
    /// a stall and counts as this long.
    /// </summary>
    private readonly TimeSpan _countedGap = TimeSpan.FromSeconds(Math.Max(1, world.Options.Lease.TotalSeconds / 6));

    /// <summary>The counted lengths of the latest gaps between two turns.</summary>
    private readonly Queue<TimeSpan> _gaps = [];

    private readonly Dictionary<LeaseHolder, (Elapsed At, TimeSpan Excused)> _lastArrived = [];
    private readonly Dictionary<RequestId, (int Batches, int Ahead)> _waiting = [];
    private Batch? _lastBuilt;
    private Elapsed _lastTurn;
    private Elapsed _loadedAt;
    private TimeSpan _excused;
    private int _batches;

    /// <summary>
    /// How late the server may notice silence: one tick period plus the latest turns. While commits are fast, this is
    /// less than 2 s.
    /// </summary>
    private TimeSpan Tolerance => Shard.TickPeriod + _gaps.Aggregate(TimeSpan.Zero, (sum, gap) => sum + gap);

    /// <summary>The total time that stalls have added to leases and waits.</summary>
    public TimeSpan Excused => _excused;

    public void OnLoaded()
    {
        _lastArrived.Clear();
        _gaps.Clear();
        (_loadedAt, _lastTurn, _excused) = (world.Clock, world.Clock, TimeSpan.Zero);
    }

    /// <summary>Called when the shard starts a turn that is not part of a store outage.</summary>
    public void OnTurn()
    {
        var gap = world.Clock - _lastTurn;
        _lastTurn = world.Clock;
        if (gap > _countedGap)
            _excused += gap - _countedGap;
        // Turns that occur at the same time commit nothing, so they delay no tick.
        if (gap == TimeSpan.Zero)
            return;
        _gaps.Enqueue(gap < _countedGap ? gap : _countedGap);
        if (_gaps.Count > TurnsBeforeTick)
            _gaps.Dequeue();
    }

    /// <summary>Called after a command has been added to the mailbox.</summary>
    public void OnArrived(RequestId requestId, Command command)
    {
        var message = command switch
        {
            Command.Exchange exchange => exchange.Message,
            Command.Report report => report.Message,
            _ => null,
        };
        if (message is null)
            return;
        _waiting.Add(requestId, (_batches, _waiting.Count));
        // The length of the gap before the next turn is not known yet, so the oracle cannot allow for it here.
        if (message.Store is null || message.Store == world.Store.Id)
            _lastArrived[message.Sender] = (world.Clock, _excused);
    }

    /// <summary>
    /// Called when the shard takes a command. A worker's message waits only for the messages that arrived before it, no
    /// matter how many client requests are waiting. Every second batch may contain a single isolated command (R5).
    /// </summary>
    public void OnTaken(in PendingCommand pending)
    {
        if (!_waiting.Remove(pending.RequestId, out var since))
            return;
        var waited = _batches - since.Batches;
        var allowed = 2 + (2 * (since.Ahead / (world.Options.CommandsPerBatch - 1)));
        if (waited > allowed)
            throw new SimulationFaultException(
                $"a worker's message waited for {waited} batches with {since.Ahead} messages before it"
            );
    }

    /// <summary>
    /// Called after a batch has been built, when its commit starts, and each time the commit is retried.
    /// </summary>
    public void OnBatchBuilt(Batch batch, Broker broker)
    {
        if (batch == _lastBuilt)
            return;
        _lastBuilt = batch;
        _batches++;
        CheckExpired(batch.Effects);
        CheckNoticed(broker);
    }

    /// <summary>Called when effects are published. Those of a committed batch were checked when it was built.</summary>
    public void OnPublished(IReadOnlyList<Effect> effects)
    {
        if (!ReferenceEquals(effects, _lastBuilt?.Effects))
            CheckExpired(effects);
    }

    /// <summary>
    /// Called when the shard has nothing to do. Every lease that has expired according to the shard's own clock must
    /// then have been noticed within a tick period and one turn, no matter how many commands arrived in the meantime. A
    /// turn after a stall advances the clock by up to the stall threshold, and its tick may follow in the next batch.
    /// </summary>
    public void CheckIdle(Shard shard)
    {
        foreach (var worker in shard.Broker.State.Workers.All)
            if (
                worker is { Unresponsive: false }
                && shard.Elapsed - worker.LastSeen is var silence
                && silence > world.Options.Lease + Shard.TickPeriod + shard.StallThreshold
            )
                throw new SimulationFaultException(
                    $"the leases of {worker.Identity.Worker} have not expired {silence.TotalSeconds:0.0} s after its "
                        + "last message"
                );
        CheckNoticed(shard.Broker);
    }

    /// <summary>Verifies that no worker still counts as responsive if it has sent no message for too long.</summary>
    private void CheckNoticed(Broker broker)
    {
        foreach (var worker in broker.State.Workers.All)
        {
            if (worker.Unresponsive)
                continue;
            var (at, excused) = _lastArrived.GetValueOrDefault(worker.Identity, (_loadedAt, TimeSpan.Zero));
            var silence = world.Clock - at - (_excused - excused);
            if (silence > world.Options.Lease + Tolerance)
                throw new SimulationFaultException(
                    $"the leases of {worker.Identity.Worker} have not expired {silence.TotalSeconds:0.0} s after its "
                        + "last message arrived"
                );
        }
    }

    private void CheckExpired(IReadOnlyList<Effect> effects)
    {
        foreach (var gone in effects.OfType<Effect.WorkerDisconnected>())
            if (
                gone.Reason == ReleaseHandler.LeaseExpired
                && _lastArrived.TryGetValue(gone.Worker, out var last)
                && world.Clock - last.At < world.Options.Lease
            )
                throw new SimulationFaultException(
                    $"the leases of {gone.Worker.Worker} expired although a message of it arrived "
                        + $"{(world.Clock - last.At).TotalSeconds:0.0} s before"
                );
    }
}
