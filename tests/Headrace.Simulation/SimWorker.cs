using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// A worker process that follows the protocol: it has one numbered exchange open, lists every unacknowledged lease, and
/// resends outcomes until they are acknowledged.
/// </summary>
internal sealed class SimWorker(World world, string name, DrawnWorker drawn) : IEndpoint
{
    private readonly List<SimHeldJob> _held = [];
    private readonly SimLease _lease = new(world);
    private readonly SimSlots _slots = new(drawn);
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

    public string Name { get; } = name;

    public bool IsAlive { get; private set; }

    /// <summary>True if the process is suspended: it still exists but does nothing.</summary>
    public bool IsPaused { get; set; }

    /// <summary>True while all messages to and from the worker are lost. It continues to run its jobs.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>The number of exchanges sent since time last advanced. A large number indicates a busy loop.</summary>
    public int Exchanges { get; set; }

    public LeaseHolder Identity => _identity;

    /// <summary>When a message of this incarnation last reached the server.</summary>
    public Elapsed LastReceived { get; private set; }

    /// <summary>The latest exchange that has reached the server, and the time at which it first did so.</summary>
    private (long Number, Elapsed At) _exchangeReceived;

    /// <summary>The last time at which the server may have expired the leases of this incarnation.</summary>
    private Elapsed? _silentAt;

    /// <summary>Starts a new incarnation under the same name.</summary>
    public void Start()
    {
        _identity = new LeaseHolder(new WorkerName(Name), new Incarnation((ulong)world.NextIncarnation()));
        (IsAlive, IsPaused, _open, _broken, _number, _store) = (true, false, false, false, 0, null);
        (LastReceived, _exchangeReceived, _silentAt) = (world.Clock, (0, world.Clock), null);
        (_draining, _drainSent, _drainReported) = (false, false, false);
        _slots.Reset();
        _unavailable.Clear();
        _held.Clear();
        _lease.Reset();
        world.Trace?.Invoke(
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
        world.Trace?.Invoke(
            $"{Name} ends ({exitKind}), {(seen ? "observed" : "not observed")}, holding "
                + $"{string.Join(" ", _held.Select(h => h.Lease))}"
        );
        _predecessor = seen ? new Predecessor(_identity.Incarnation, exitKind) : null;
        AllowRerunOfAll();
        if (seen && exitKind != ExitKind.Ended)
            world.Crashes.OnWorkerCrashed(_identity, [.. _held.Where(h => h.Outcome is null).Select(h => h.Lease)]);
        if (seen)
            world.Network.Send(new Message.Request(world.Supervisor, 0, new Command.WorkerDied(_identity, exitKind)));
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
                StartJobs();
                break;
            case 4 or 5:
                FinishJob(detail);
                break;
            case 6:
                Report();
                break;
            default:
                ReleaseJob(detail);
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
        StartJobs();
        foreach (var heldJob in endsJobs ? _held : [])
            if (heldJob is { Started: true, Outcome: null })
                End(heldJob, SuccessOf(heldJob));
        Report();
        if (!_open)
            Exchange();
        else if (_broken)
            Send();
    }

    /// <summary>Continues a suspended process.</summary>
    public void Resume()
    {
        IsPaused = false;
        OnTimePassed();
    }

    /// <summary>
    /// Called when time has passed. An exclusive run ends before the lease of its worker may end (R11), so the job can
    /// be released or, if it must not run twice, fails. A suspended process cannot end anything.
    /// </summary>
    public void OnTimePassed()
    {
        if (!IsAlive || IsPaused || !_lease.EndsExclusiveRuns)
            return;
        foreach (var heldJob in _held)
            if (heldJob is { Exclusive: true, Started: true, Outcome: null })
                End(
                    heldJob,
                    new Outcome(
                        heldJob.Lease,
                        Population.MustNotRunTwice(heldJob.Method) ? OutcomeKind.Lost : OutcomeKind.Released
                    )
                );
    }

    /// <summary>True if the process runs an attempt of this job other than the given one.</summary>
    public bool RunsOtherAttempt(LeaseToken lease) =>
        IsAlive
        && _held.Exists(h => h.Lease.Job == lease.Job && h.Lease != lease && h is { Started: true, Outcome: null });

    /// <summary>Changes the number of slots. Jobs that no longer fit are released.</summary>
    public void Resize(int choice)
    {
        _slots.Resize(choice);
        world.Trace?.Invoke($"{Name} has {_slots.Count} slots now");
        ReleaseTooLarge();
    }

    /// <summary>
    /// Makes a method unavailable, as if a library that it needs had been removed, or available again. Jobs of it that
    /// the worker holds are not affected.
    /// </summary>
    public void ChangeAvailability(int choice)
    {
        var offer = drawn.Offers[choice % drawn.Offers.Count];
        var method = new MethodRef(offer.Method, offer.Version);
        if (!_unavailable.Remove(method))
            _unavailable.Add(method);
        world.Trace?.Invoke($"{method} is {(_unavailable.Contains(method) ? "unavailable" : "available")} on {Name}");
    }

    private void ReleaseTooLarge()
    {
        foreach (var heldJob in _held)
            if (heldJob is { Started: false, Outcome: null } && heldJob.Slots > _slots.Count)
                End(heldJob, new Outcome(heldJob.Lease, OutcomeKind.Released));
    }

    /// <summary>Connects to a different store at the same address.</summary>
    public void SwitchStore()
    {
        _store = new StoreId("store-2");
        AllowRerunOfAll();
    }

    /// <summary>
    /// Called when a message of this worker has reached the mailbox of the server. A message of an earlier incarnation
    /// renews no lease.
    /// </summary>
    public void OnReceived(Command command)
    {
        switch (command)
        {
            case Command.Exchange exchange when exchange.Message.Sender == _identity:
                LastReceived = world.Clock;
                if (exchange.Number > _exchangeReceived.Number)
                    _exchangeReceived = (exchange.Number, world.Clock);
                break;
            case Command.Report report when report.Message.Sender == _identity:
                LastReceived = world.Clock;
                break;
        }
    }

    /// <summary>Called while the server has received nothing from the worker for one lease period.</summary>
    public void OnSilent()
    {
        _silentAt = world.Clock;
        AllowRerunOfAll();
    }

    /// <summary>Permits a rerun of every job that the worker holds.</summary>
    public void AllowRerunOfAll() => _held.ForEach(heldJob => world.Oracle.AllowRerun(heldJob.Lease));

    public void Receive(long call, Response? response)
    {
        if (!IsAlive)
            return;
        _lease.OnReply(call, response);
        if (response is not Response.Exchanged reply)
        {
            // The connection failed. The exchange is still unanswered and is sent again with the same number.
            _broken |= call == _call;
            return;
        }
        foreach (var (lease, _) in reply.Acks)
            _held.RemoveAll(h => h.Lease == lease);
        if (_drainReported && _held.Count == 0)
        {
            Stop(ExitKind.Ended, seen: true);
            return;
        }
        if (call != _call || !_open)
        {
            // This is the reply to a report or to an earlier attempt to send the exchange. Only its acknowledgements
            // are used.
            if (reply.TerminateReason is not null && call > _call)
                Stop(ExitKind.Ended, seen: true);
            return;
        }
        _open = false;
        _store ??= world.Store.Id;
        world.Oracle.OnLeasesGranted(_identity, reply);
        // The leases may have expired while the reply was in transit.
        if (_silentAt >= _exchangeReceived.At)
            foreach (var row in reply.Leases)
                world.Oracle.AllowRerun(new LeaseToken(row.Id, row.Status.Attempt));
        if (reply.TerminateReason is not null)
        {
            Stop(ExitKind.Ended, seen: true);
            return;
        }
        foreach (var lease in reply.Revoked)
            _held.RemoveAll(h => h.Lease == lease);
        foreach (var row in reply.Leases)
            if (!_held.Exists(h => h.Lease == new LeaseToken(row.Id, row.Status.Attempt)))
                _held.Add(new SimHeldJob(row, SlotsOf(row), world.Swarm.Population.IsExclusive(row.Spec.Method)));
        foreach (var (lease, reason) in reply.StopRequests)
            if (_held.Find(h => h.Lease == lease) is { Outcome: null } heldJob)
                End(
                    heldJob,
                    new Outcome(lease, reason == StopReason.Timeout ? OutcomeKind.TimedOut : OutcomeKind.Cancelled)
                );
        ReleaseTooLarge();
        if (reply.Drain)
            Drain();
        if (_draining)
            ReleaseUnstarted();
        _drainReported |= _drainSent;
        if (_drainReported && _held.Count == 0)
            Stop(ExitKind.Ended, seen: true);
        var unfinished = _held.Where(h => h.Outcome is null).Sum(h => h.Slots);
        // A group of suspects is granted regardless of the capacity.
        if (unfinished > _slots.MaxCapacity && _held.Count(h => h is { Isolated: true, Outcome: null }) < 2)
            throw new SimulationFaultException(
                $"worker {Name} has unfinished leases of {unfinished} slots, more than its capacity of "
                    + $"{_slots.MaxCapacity}"
            );
    }

    private int SlotsOf(JobRow row) =>
        drawn.Offers.First(offer => offer.Method == row.Spec.Method && offer.Version == row.Status.RanVersion).Slots;

    /// <summary>Accepts no more jobs, finishes those that have started, releases the others, and then exits.</summary>
    public void Drain()
    {
        if (!_draining)
            world.Trace?.Invoke($"{Name} drains");
        _draining = true;
        ReleaseUnstarted();
    }

    private void ReleaseUnstarted()
    {
        foreach (var heldJob in _held)
            if (heldJob is { Started: false, Outcome: null })
                End(heldJob, new Outcome(heldJob.Lease, OutcomeKind.Released));
    }

    /// <summary>True if the worker still reads the reply to this exchange.</summary>
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
        _call = ++_calls;
        _lease.OnSent(_call);
        _drainSent = _draining;
        // Outcomes are sent in reports, and occasionally in an exchange as well.
        var unacknowledged =
            _call % 4 == 0 ? _held.Where(h => h.Outcome is not null).Select(h => h.Outcome!).ToList() : [];
        var list = _held.Select(h => new HeldLease(h.Lease, h.Started, h.Outcome is not null, null)).ToList();
        world.Network.Send(
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
        var outcomes = _held.Where(h => h.Outcome is not null).Select(h => h.Outcome!).ToList();
        var started = _held
            .Where(h => h is { Started: true, Outcome: null })
            .Select(h => new HeldLease(h.Lease, true, false, null))
            .ToList();
        if (outcomes.Count + started.Count == 0)
            return;
        _lease.OnSent(++_calls);
        world.Network.Send(new Message.Request(this, _calls, new Command.Report(CreateMessage(outcomes), started)));
    }

    /// <summary>
    /// Starts jobs in the order in which they were granted, until the next one needs more slots than are free.
    /// </summary>
    private void StartJobs()
    {
        var running = _held.Where(h => h is { Started: true, Outcome: null }).ToList();
        foreach (var heldJob in _held)
        {
            if (heldJob.Started || heldJob.Outcome is not null)
                continue;
            if (_slots.OccupiedBy([.. running, heldJob]) > _slots.Count)
                break;
            if (heldJob.Exclusive && !_lease.AllowsExclusiveStart)
                continue;
            // Suspects that were granted together run together, but without any other job (R10).
            if (_held.Exists(h => h is { Started: true, Outcome: null } && h.Isolated != heldJob.Isolated))
                continue;
            heldJob.Started = true;
            running.Add(heldJob);
            world.Trace?.Invoke($"{Name} starts {heldJob.Lease}");
            world.Oracle.OnAttemptStarted(_identity, heldJob.Lease);
            world.Dispatch.OnStarted(heldJob.Lease, heldJob.Method);
            if (heldJob.Exclusive)
                world.Exclusive.OnStarted(this, heldJob.Lease);
        }
    }

    private void FinishJob(int detail)
    {
        var running = _held
            .Where(h => h is { Started: true, Outcome: null } && (!IsLong(h) || detail % 16 == 0))
            .ToList();
        if (running.Count == 0)
            return;
        var heldJob = running[detail % running.Count];
        if (IsCulprit(heldJob))
        {
            CrashProcess((detail >> 8) % 3 == 0 ? [heldJob] : running);
            return;
        }
        End(
            heldJob,
            ((detail >> 8) % 12) switch
            {
                0 => new Outcome(heldJob.Lease, OutcomeKind.Failed) { Error = new JobError("E", "simulated") },
                1 => new Outcome(heldJob.Lease, OutcomeKind.Rejected) { Error = new JobError("R", "simulated") },
                2 => new Outcome(heldJob.Lease, OutcomeKind.TimedOut),
                _ => SuccessOf(heldJob),
            }
        );
    }

    /// <summary>
    /// Ends a process in which the worker runs some of its jobs. The worker survives and reports whether the process
    /// was running a single job.
    /// </summary>
    public void CrashProcess(int detail)
    {
        var running = _held.Where(h => h is { Started: true, Outcome: null }).ToList();
        CrashProcess([.. running.Skip((detail >> 4) % Math.Max(1, running.Count)).Take(1 + (detail % 3))]);
    }

    private void CrashProcess(List<SimHeldJob> lost)
    {
        foreach (var heldJob in lost)
            End(heldJob, new Outcome(heldJob.Lease, OutcomeKind.Crashed) { Isolated = lost.Count == 1 });
    }

    /// <summary>
    /// True if the job rarely ends by itself. If all methods are exclusive, half of the jobs are long, so that they
    /// still run when the lease of their worker ends.
    /// </summary>
    private bool IsLong(SimHeldJob heldJob) =>
        world.Swarm.Population.AllExclusive && heldJob.Lease.Job.Value % 2 == 0;

    /// <summary>True if the job crashes its process. In schedules without such crashes, no job does.</summary>
    private bool IsCulprit(SimHeldJob heldJob) =>
        world.Swarm.Population.Kinds.Contains(StepKind.ProcessCrashes) && heldJob.Lease.Job.Value % 6 == 0;

    private void ReleaseJob(int detail)
    {
        if (detail % 4 == 0 && _held.Find(h => h is { Started: false, Outcome: null }) is { } heldJob)
            End(heldJob, new Outcome(heldJob.Lease, OutcomeKind.Released));
    }

    private void End(SimHeldJob heldJob, Outcome outcome)
    {
        heldJob.Outcome = outcome;
        world.Dispatch.OnEnded(heldJob.Lease, outcome.Kind);
        world.Trace?.Invoke($"{Name} ends {heldJob.Lease}: {outcome.Kind}");
        if (outcome.Kind == OutcomeKind.Crashed)
            world.Crashes.OnProcessCrashed(heldJob.Lease, heldJob.Method, outcome.Isolated, heldJob.Isolated);
        if (outcome.Kind != OutcomeKind.Succeeded)
            world.Oracle.AllowRerun(heldJob.Lease);
    }

    private Outcome SuccessOf(SimHeldJob heldJob) =>
        new(heldJob.Lease, OutcomeKind.Succeeded)
        {
            Result = System.Text.Encoding.UTF8.GetBytes(Oracle.ResultOf(heldJob.Lease, _identity)),
            ContentType = "text/plain",
        };

    private Offer Current(Offer offer) =>
        _unavailable.Contains(new MethodRef(offer.Method, offer.Version))
            ? offer with
            {
                Unavailable = "simulated",
            }
            : offer;

    private WorkerMessage CreateMessage(IReadOnlyList<Outcome> outcomes)
    {
        var (slots, shared) = _slots.Report([.. _held.Where(h => h.Outcome is null)]);
        return new WorkerMessage(_identity)
        {
            Store = _store,
            Pool = "local",
            Slots = slots,
            Prefetch = drawn.Prefetch,
            SharedSlots = shared,
            Offers = [.. drawn.Offers.Select(Current)],
            Outcomes = outcomes,
        };
    }
}
