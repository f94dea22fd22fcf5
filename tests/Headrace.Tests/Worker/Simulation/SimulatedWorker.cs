using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Server.Workers;
using Headrace.Tests.Core;
using Headrace.Tests.Worker.Exchange;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Offer = Headrace.Protocol.Exchange.Offer;

namespace Headrace.Tests.Worker.Simulation;

/// <summary>
/// Runs one production worker state machine, whose methods end at times chosen by the schedule, over a network that
/// loses, delays and reorders messages. The production code serializes and parses the messages.
/// </summary>
internal sealed class SimulatedWorker
{
    private readonly BrokerScene _scene;
    private readonly WorkerMachine _machine;
    private readonly List<WorkerStep.Send> _requests = [];
    private readonly List<(long Message, RequestId RequestId)> _pending = [];
    private readonly List<(long Message, ExchangeReply Reply)> _replies = [];
    private readonly HashSet<long> _read = [];
    private readonly Dictionary<LeaseToken, int> _slots = [];
    private readonly List<LeaseToken> _assigned = [];
    private readonly TimeSpan? _took;
    private ulong _number = 1;

    private readonly HashSet<JobId> _succeeded;

    /// <param name="scene">The broker.</param>
    /// <param name="succeeded">The jobs whose method has succeeded on any worker. None of them may run again.</param>
    /// <param name="incarnation">The incarnation, which is also part of the worker's name.</param>
    /// <param name="slots">The number of methods that can run concurrently.</param>
    /// <param name="took">
    /// The run time that each method reports, regardless of the time that elapses; null to report the elapsed time.
    /// </param>
    public SimulatedWorker(
        BrokerScene scene,
        HashSet<JobId> succeeded,
        ulong incarnation,
        int slots,
        TimeSpan? took = null
    )
    {
        _took = took;
        (_scene, _succeeded) = (scene, succeeded);
        var self = new WorkerIdentity(new WorkerName($"w{incarnation}"), new Incarnation(incarnation), "local");
        _machine = new WorkerMachine(
            self,
            [
                new Offer
                {
                    Method = "noop",
                    Version = 1,
                    Schema = "{}",
                },
            ],
            new WorkerRules { Slots = slots, OrphanGrace = TimeSpan.FromHours(1) }
        );
        Slots = slots;
    }

    public int Slots { get; }

    /// <summary>
    /// The leases whose methods are running now. <see cref="Started"/> contains every lease whose method was ever
    /// started.
    /// </summary>
    public List<LeaseToken> Running { get; } = [];

    public List<LeaseToken> Started { get; } = [];

    /// <summary>
    /// The number of jobs assigned in advance that were started, and the number of those that were recalled before they
    /// started.
    /// </summary>
    public (int Started, int Recalled) Prefetched { get; private set; }

    public WorkerStep.Exit? Exited { get; private set; }

    public bool Draining { get; private set; }

    /// <summary>The worker's own clock, which continues when the server restarts.</summary>
    public Elapsed Elapsed { get; set; }

    public void Handle(WorkerEvent workerEvent)
    {
        if (workerEvent is WorkerEvent.DrainRequested)
            Draining = true;
        foreach (var step in _machine.On(workerEvent, _scene.Now, Elapsed))
        {
            switch (step)
            {
                case WorkerStep.Send send:
                    Send(send);
                    break;
                case WorkerStep.Abort abort:
                    _read.Add(abort.Message);
                    break;
                case WorkerStep.Run run:
                    _slots[run.Job.Lease] = run.Slot;
                    if (run.ReportsStart)
                        _assigned.Add(run.Job.Lease);
                    else
                        Begin(run.Job.Lease);
                    break;
                case WorkerStep.Recall recall:
                    Recall(recall.Lease);
                    break;
                case WorkerStep.Cancel cancel when Running.Remove(cancel.Lease):
                    Handle(new WorkerEvent.Ended(cancel.Lease, new MethodEnd(Kind.Cancelled)));
                    break;
                case WorkerStep.Cancel cancel:
                    Recall(cancel.Lease);
                    break;
                case WorkerStep.Exit exit:
                    Exited = exit;
                    break;
            }
        }
    }

    public void Wake() => Handle(new WorkerEvent.Woke());

    /// <summary>In every slot that is not running a method, starts the next job that was assigned in advance.</summary>
    public void StartAssigned()
    {
        foreach (var lease in _assigned.ToList())
        {
            if (!_assigned.Contains(lease) || Running.Exists(running => _slots[running] == _slots[lease]))
                continue;
            _assigned.Remove(lease);
            Prefetched = (Prefetched.Started + 1, Prefetched.Recalled);
            Begin(lease);
            Handle(new WorkerEvent.Started(lease));
        }
    }

    private void Begin(LeaseToken lease)
    {
        Assert.DoesNotContain(lease, Started);
        Assert.DoesNotContain(lease.Job, _succeeded);
        Assert.DoesNotContain(_slots[lease], Running.Select(running => _slots[running]));
        Started.Add(lease);
        Running.Add(lease);
        Assert.True(Running.Count <= Slots, $"{Running.Count} methods are running, but the worker has {Slots} slots.");
    }

    private void Recall(LeaseToken lease)
    {
        if (!_assigned.Remove(lease))
            return;
        Prefetched = (Prefetched.Started, Prefetched.Recalled + 1);
        Handle(new WorkerEvent.Ended(lease, new MethodEnd(Kind.Released)));
    }

    public void End(int running, Kind kind)
    {
        var lease = Running[running];
        Running.RemoveAt(running);
        if (kind == Kind.Succeeded)
            _succeeded.Add(lease.Job);
        Handle(new WorkerEvent.Ended(lease, new MethodEnd(kind) { Took = _took }));
    }

    /// <summary>
    /// Delivers or loses a request in flight. The choice is random, so requests can overtake each other.
    /// </summary>
    public void Request(Random random, bool lost)
    {
        if (_requests.Count == 0)
            return;
        var at = random.Next(_requests.Count);
        var send = _requests[at];
        _requests.RemoveAt(at);
        // The schedule decides when the sender is informed that a request has been lost. The sender's timeout is not
        // tested here.
        if (lost)
            LoseConnection(send.Message);
        else
            _pending.Add((send.Message, _scene.Do(Command(send.Request))));
    }

    /// <summary>Passes the replies that the broker has produced so far to the network.</summary>
    public void Collect()
    {
        for (var i = _pending.Count - 1; i >= 0; i--)
        {
            if (_scene.AnswerTo(_pending[i].RequestId) is not Response.Exchanged answer)
                continue;
            _replies.Insert(
                0,
                (
                    _pending[i].Message,
                    ExchangeWriting.Write(
                        answer,
                        [],
                        _scene.Broker.State.Store,
                        _scene.Broker.State.Options.Lease,
                        _scene.Now.ToDateTimeOffset()
                    )
                )
            );
            _pending.RemoveAt(i);
        }
    }

    public void Reply(Random random, bool lost)
    {
        if (_replies.Count == 0)
            return;
        var at = random.Next(_replies.Count);
        var (message, reply) = _replies[at];
        _replies.RemoveAt(at);
        if (lost)
            LoseConnection(message);
        else if (_read.Add(message))
            Handle(new WorkerEvent.Replied(message, Copy.Of(reply)));
    }

    /// <summary>
    /// Called after the server has crashed and a new server has loaded the stored rows. All open connections are lost.
    /// </summary>
    public void OnServerCrashed()
    {
        foreach (var (message, _) in _pending)
            LoseConnection(message);
        _pending.Clear();
    }

    private void LoseConnection(long message)
    {
        if (_read.Add(message))
            Handle(new WorkerEvent.NotReplied(message, new NoReply("Lost.")));
    }

    private void Send(WorkerStep.Send send)
    {
        var request = Copy.Of(send.Request);
        if (request.ExchangeNumber > 0)
        {
            // The exchange number never decreases and never increases by more than one: n + 1 follows reply n (R6).
            Assert.InRange(request.ExchangeNumber, _number, _number + 1);
            _number = request.ExchangeNumber;
        }
        _requests.Add(send with { Request = request });
    }

    private static Command Command(ExchangeRequest request)
    {
        Assert.True(
            ExchangeReading.Read(request.Worker, request).TryGet(out var command, out var problem),
            problem?.ToString()
        );
        return command;
    }
}
