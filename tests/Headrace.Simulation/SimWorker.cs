using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// A worker process that follows the protocol: it has one numbered exchange open, lists every unacknowledged lease, and
/// resends outcomes until they are acknowledged.
/// </summary>
internal sealed class SimWorker : IEndpoint
{
    private readonly World _world;
    private readonly DrawnWorker _drawn;
    private readonly SimLease _lease;
    private readonly SimSlots _slots;
    private readonly SimRuns _runs;
    private readonly SimChildren _children;
    private readonly HashSet<MethodRef> _unavailable = [];
    private LeaseHolder _identity;
    private StoreId? _store;
    private Predecessor? _predecessor;
    private long _number,
        _call,
        _calls;
    private bool _open,
        _broken,
        _draining;

    // _drainReported is set when the worker has read the reply to an exchange in which it announced its drain.
    private bool _drainSent,
        _drainReported;

    public SimWorker(World world, string name, DrawnWorker drawn)
    {
        (_world, _drawn, Name) = (world, drawn, name);
        (_lease, _slots) = (new SimLease(world), new SimSlots(drawn));
        _runs = new SimRuns(world, this, _slots, _lease);
        _children = new SimChildren(world, this);
    }

    public string Name { get; }

    public bool IsAlive { get; private set; }

    /// <summary>Whether the process is suspended: it still exists but does nothing.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Whether all messages to and from the worker are lost. The worker continues to run its jobs.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>
    /// The number of exchanges sent since time last advanced. If it is large, the worker is in a busy loop.
    /// </summary>
    public int Exchanges { get; set; }

    public LeaseHolder Identity => _identity;

    private List<SimHeldJob> Held => _runs.Held;

    /// <summary>The time at which a message from this incarnation last reached the server.</summary>
    public Elapsed LastReceived { get; private set; }

    /// <summary>The latest exchange that has reached the server, and the time at which it first did so.</summary>
    private (long Number, Elapsed At) _exchangeReceived;

    /// <summary>The last time at which the server may have expired the leases of this incarnation.</summary>
    private Elapsed? _silentAt;

    /// <summary>Starts a new incarnation under the same name.</summary>
    public void Start()
    {
        _identity = new LeaseHolder(new WorkerName(Name), new Incarnation((ulong)_world.NextIncarnation()));
        (IsAlive, IsPaused, _open, _broken, _number, _store) = (true, false, false, false, 0, null);
        (LastReceived, _exchangeReceived, _silentAt) = (_world.Clock, (0, _world.Clock), null);
        (_draining, _drainSent, _drainReported) = (false, false, false);
        _slots.Reset();
        _unavailable.Clear();
        Held.Clear();
        _children.Reset();
        _lease.Reset();
        _world.Trace?.Invoke(
            $"{Name} starts as incarnation "
                + _identity.Incarnation.Value
                + (_predecessor is null ? "" : $" with predecessor {_predecessor.Incarnation.Value}")
        );
    }

    /// <summary>
    /// Ends the process. If its exit is observed, the next incarnation can name it as its predecessor.
    /// </summary>
    public void Stop(ExitKind exitKind, bool seen)
    {
        IsAlive = false;
        _world.Trace?.Invoke(
            $"{Name} ends ({exitKind}), {(seen ? "observed" : "not observed")}, holding "
                + $"{string.Join(" ", Held.Select(h => h.Lease))}"
        );
        _predecessor = seen ? new Predecessor(_identity.Incarnation, exitKind) : null;
        AllowRerunOfAll();
        if (seen && exitKind != ExitKind.Ended)
            _world.Crashes.OnWorkerCrashed(_identity, [.. Held.Where(h => h.Outcome is null).Select(h => h.Lease)]);
        if (seen)
            _world.Network.Send(new Message.Request(_world.Supervisor, 0, new Command.WorkerDied(_identity, exitKind)));
    }

    /// <summary>Performs one of the possible actions, selected by the two numbers.</summary>
    public void Act(int choice, int detail)
    {
        if (!IsAlive || IsPaused)
            return;
        switch (choice % 8)
        {
            case 0 or 1:
                if (_open)
                    Retry(detail);
                else
                    Exchange();
                break;
            case 2 or 3:
                _runs.Start();
                break;
            case 4 or 5:
                _runs.Finish(detail);
                break;
            case 6:
                Report();
                break;
            default:
                _runs.Release(detail);
                break;
        }
    }

    /// <summary>
    /// Acts as a healthy worker without faults: starts jobs, completes them, reports their outcomes, and requests more
    /// jobs.
    /// </summary>
    public void RunHealthy()
    {
        if (!IsAlive)
            return;
        _unavailable.Clear();
        Proceed(endsJobs: true);
    }

    /// <summary>Starts jobs, completes all of them or none, reports their outcomes, and requests more jobs.</summary>
    public void Proceed(bool endsJobs)
    {
        Resume();
        _runs.Start();
        _children.Resend(Held);
        if (endsJobs)
            _runs.EndAll();
        Report();
        if (!_open)
            Exchange();
        else if (_broken)
            Send();
    }

    /// <summary>Has a running job submit children.</summary>
    public void SubmitChildren(int detail) => _children.Submit(Held, detail);

    public long NextCall() => ++_calls;

    /// <summary>Resumes a suspended process.</summary>
    public void Resume()
    {
        IsPaused = false;
        OnTimePassed();
    }

    /// <summary>
    /// Called when time has passed. An exclusive run ends before its worker's lease may end (R11), so the job can be
    /// released or, if it must not run twice, fails. A suspended process cannot end anything.
    /// </summary>
    public void OnTimePassed()
    {
        if (IsAlive && !IsPaused && _lease.EndsExclusiveRuns)
            _runs.EndExclusive();
    }

    /// <summary>Returns true if the process runs an attempt of this job other than the given one.</summary>
    public bool RunsOtherAttempt(LeaseToken lease) => IsAlive && _runs.IncludeOther(lease);

    /// <summary>
    /// Ends a process in which the worker runs some of its jobs. The worker survives and reports whether the process
    /// was running a single job.
    /// </summary>
    public void CrashProcess(int detail) => _runs.CrashProcess(detail);

    /// <summary>Changes the number of slots. Jobs that no longer fit are released.</summary>
    public void Resize(int choice)
    {
        _slots.Resize(choice);
        _world.Trace?.Invoke($"{Name} has {_slots.Count} slots now");
        _runs.ReleaseTooLarge();
    }

    /// <summary>
    /// Makes a method unavailable, as if a library that it needs had been removed, or available again. Jobs of this
    /// method that the worker already holds are not affected.
    /// </summary>
    public void ChangeAvailability(int choice)
    {
        var offer = _drawn.Offers[choice % _drawn.Offers.Count];
        var method = new MethodRef(offer.Method, offer.Version);
        if (!_unavailable.Remove(method))
            _unavailable.Add(method);
        _world.Trace?.Invoke($"{method} is {(_unavailable.Contains(method) ? "unavailable" : "available")} on {Name}");
    }

    /// <summary>Connects to a different store that has the same address.</summary>
    public void SwitchStore()
    {
        _store = new StoreId("store-2");
        AllowRerunOfAll();
    }

    /// <summary>
    /// Called when a message from this worker has reached the server's mailbox. A message from an earlier incarnation
    /// does not renew any lease.
    /// </summary>
    public void OnReceived(Command command)
    {
        var message = command switch
        {
            Command.Exchange exchange => exchange.Message,
            Command.Report report => report.Message,
            _ => null,
        };
        // The server rejects messages for another store, so they renew no lease either.
        if (message is null || message.Sender != _identity || message.Store is { } store && store != _world.Store.Id)
            return;
        LastReceived = _world.Clock;
        if (command is Command.Exchange { Number: var number } && number > _exchangeReceived.Number)
            _exchangeReceived = (number, _world.Clock);
    }

    /// <summary>Called when the server has received nothing from the worker for one lease period.</summary>
    public void OnSilent()
    {
        _silentAt = _world.Clock;
        AllowRerunOfAll();
    }

    /// <summary>Permits a rerun of every job that the worker holds.</summary>
    public void AllowRerunOfAll() => Held.ForEach(heldJob => _world.Oracle.AllowRerun(heldJob.Lease));

    public void Receive(long call, Response? response)
    {
        if (!IsAlive || _children.Receive(call, response))
            return;
        _lease.OnReply(call, response);
        if (response is not Response.Exchanged reply)
        {
            // The connection failed. The exchange is still unanswered and is sent again with the same number.
            _broken |= call == _call;
            return;
        }
        foreach (var (lease, _) in reply.Acks)
            Held.RemoveAll(h => h.Lease == lease);
        if (_drainReported && Held.Count == 0)
        {
            Stop(ExitKind.Ended, seen: true);
            return;
        }
        if (call != _call || !_open)
        {
            // This is the reply to a report or to an earlier attempt to send the exchange, so only its acknowledgements
            // are used.
            if (reply.TerminateReason is not null && call > _call)
                Stop(ExitKind.Ended, seen: true);
            return;
        }
        _open = false;
        _store ??= _world.Store.Id;
        _world.Oracle.OnLeasesGranted(_identity, reply);
        // The leases may have expired while the reply was in transit.
        if (_silentAt >= _exchangeReceived.At)
            foreach (var row in reply.Leases)
                _world.Oracle.AllowRerun(new LeaseToken(row.Id, row.Status.Attempt));
        if (reply.TerminateReason is not null)
        {
            Stop(ExitKind.Ended, seen: true);
            return;
        }
        foreach (var lease in reply.Revoked)
            Held.RemoveAll(h => h.Lease == lease);
        foreach (var row in reply.Leases)
            if (!Held.Exists(h => h.Lease == new LeaseToken(row.Id, row.Status.Attempt)))
                Held.Add(new SimHeldJob(row, SlotsOf(row), _world.Swarm.Population.IsExclusive(row.Spec.Method)));
        foreach (var (lease, reason) in reply.StopRequests)
            if (Held.Find(h => h.Lease == lease) is { Outcome: null } heldJob)
                _runs.End(
                    heldJob,
                    new Outcome(lease, reason == StopReason.Timeout ? OutcomeKind.TimedOut : OutcomeKind.Cancelled)
                );
        _runs.ReleaseTooLarge();
        if (reply.Drain)
            Drain();
        if (_draining)
            _runs.ReleaseUnstarted();
        _drainReported |= _drainSent;
        if (_drainReported && Held.Count == 0)
            Stop(ExitKind.Ended, seen: true);
        var unfinished = Held.Where(h => h.Outcome is null).Sum(h => h.Slots);
        // A group of suspects is granted regardless of the capacity.
        if (unfinished > _slots.MaxCapacity && Held.Count(h => h is { Isolated: true, Outcome: null }) < 2)
            throw new SimulationFaultException(
                $"worker {Name} has unfinished leases of {unfinished} slots, more than its capacity of "
                    + $"{_slots.MaxCapacity}"
            );
    }

    private int SlotsOf(JobRow row) =>
        _drawn.Offers.First(offer => offer.Method == row.Spec.Method && offer.Version == row.Status.RanVersion).Slots;

    /// <summary>Accepts no more jobs, finishes those that have started, releases the others, and then exits.</summary>
    public void Drain()
    {
        if (!_draining)
            _world.Trace?.Invoke($"{Name} drains");
        _draining = true;
        _runs.ReleaseUnstarted();
    }

    /// <summary>Returns true if the worker still reads the reply to this exchange.</summary>
    public bool Awaits(long number) => IsAlive && _open && number == _number;

    private void Exchange()
    {
        _number++;
        Exchanges++;
        Send();
    }

    private void Retry(int detail)
    {
        // The worker sends its exchange again if the connection failed, and occasionally while the reply is still in
        // transit.
        if (_broken || detail % 16 == 0)
            Send();
    }

    private void Send()
    {
        (_open, _broken) = (true, false);
        _lease.Forget(_call);
        _call = ++_calls;
        _lease.OnSent(_call);
        _drainSent = _draining;
        // Outcomes are sent in reports and, occasionally, also in an exchange.
        var unacknowledged =
            _call % 4 == 0 ? Held.Where(h => h.Outcome is not null).Select(h => h.Outcome!).ToList() : [];
        var list = Held.Select(h => new HeldLease(h.Lease, h.Started, h.Outcome is not null, null)).ToList();
        _world.Network.Send(
            new Message.Request(
                this,
                _call,
                new Command.Exchange(
                    CreateMessage(unacknowledged),
                    _number,
                    TimeSpan.FromSeconds(2),
                    _number == 1 ? _predecessor : null,
                    list,
                    _draining
                )
            )
        );
    }

    private void Report()
    {
        var outcomes = Held.Where(h => h.Outcome is not null).Select(h => h.Outcome!).ToList();
        var started = Held.Where(h => h is { Started: true, Outcome: null })
            .Select(h => new HeldLease(h.Lease, true, false, null))
            .ToList();
        if (outcomes.Count + started.Count == 0)
            return;
        _lease.OnSent(++_calls);
        _world.Network.Send(new Message.Request(this, _calls, new Command.Report(CreateMessage(outcomes), started)));
    }

    private Offer Current(Offer offer) =>
        _unavailable.Contains(new MethodRef(offer.Method, offer.Version))
            ? offer with
            {
                Unavailable = "simulated",
            }
            : offer;

    private WorkerMessage CreateMessage(IReadOnlyList<Outcome> outcomes)
    {
        var (slots, shared) = _slots.Report([.. Held.Where(h => h.Outcome is null)]);
        return new WorkerMessage(_identity)
        {
            Store = _store,
            Pool = "local",
            Slots = slots,
            Prefetch = _drawn.Prefetch,
            SharedSlots = shared,
            Offers = [.. _drawn.Offers.Select(Current)],
            Outcomes = outcomes,
        };
    }
}
