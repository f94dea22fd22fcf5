using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// A worker process that follows the protocol: it has one numbered exchange open, lists every unacknowledged lease, and
/// resends outcomes until they are acknowledged.
/// </summary>
internal sealed class SimWorker(World world, string name, int slots, int prefetch, IReadOnlyList<Offer> offers) : IParty
{
    private sealed class Held(JobRow row)
    {
        public readonly LeaseToken Lease = new(row.Id, row.Now.Attempt);
        public readonly bool Alone = row.Now.Alone;
        public bool Started;
        public Outcome? Outcome;
    }

    private readonly List<Held> _held = [];
    private Holder _self;
    private StoreId? _store;
    private Predecessor? _predecessor;
    private long _number,
        _call,
        _calls;
    private bool _open,
        _broken;

    public string Name { get; } = name;

    public bool IsAlive { get; private set; }

    /// <summary>The process is suspended: it still exists but does nothing.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Number of exchanges sent since time last advanced. A large number indicates a busy loop.</summary>
    public int Talk { get; set; }

    public Holder Self => _self;

    /// <summary>When a message of this incarnation last reached the server.</summary>
    public Elapsed LastHeard { get; set; }

    /// <summary>Starts a new incarnation under the same name.</summary>
    public void Rise()
    {
        _self = new Holder(new WorkerName(Name), new Incarnation((ulong)world.NextIncarnation()));
        (IsAlive, IsPaused, _open, _broken, _number, _store) = (true, false, false, false, 0, null);
        _held.Clear();
        world.Tell?.Invoke(
            $"{Name} starts as incarnation "
                + $"{_self.Incarnation.Value}{(_predecessor is null ? "" : $" with predecessor {_predecessor.Incarnation.Value}")}"
        );
    }

    /// <summary>
    /// Ends the process. If its exit is observed, the next incarnation can name it as its predecessor.
    /// </summary>
    public void Fall(DeathKind how, bool seen)
    {
        IsAlive = false;
        world.Tell?.Invoke(
            $"{Name} ends ({how}), {(seen ? "observed" : "not observed")}, holding "
                + $"{string.Join(" ", _held.Select(h => h.Lease))}"
        );
        _predecessor = seen ? new Predecessor(_self.Incarnation, how) : null;
        world.Oracle.Fell(_self, [.. _held.Select(h => h.Lease)], how);
        if (seen)
            world.Network.Send(new Message.Request(world.Supervisor, 0, new Command.Died(_self, how)));
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
                Begin();
                break;
            case 4 or 5:
                Finish(detail);
                break;
            case 6:
                Report();
                break;
            default:
                GiveBack(detail);
                break;
        }
    }

    /// <summary>
    /// Acts as a healthy worker without faults: starts jobs, completes them, reports, and asks for more.
    /// </summary>
    public void Thrive()
    {
        if (!IsAlive)
            return;
        IsPaused = false;
        Begin();
        foreach (var held in _held)
            if (held is { Started: true, Outcome: null })
                End(held, Success(held));
        Report();
        if (!_open)
            Exchange();
        else if (_broken)
            Send();
    }

    /// <summary>Connects to a different store at the same address.</summary>
    public void Stray()
    {
        _store = new StoreId("store-2");
        ExcuseAll();
    }

    /// <summary>Permits a rerun of every job it holds.</summary>
    public void ExcuseAll() => _held.ForEach(held => world.Oracle.Excuse(held.Lease));

    public void Read(long call, Answer? answer)
    {
        if (!IsAlive)
            return;
        if (answer is not Answer.Exchanged reply)
        {
            // The connection failed. The exchange is unanswered, and the same number is sent again.
            _broken |= call == _call;
            return;
        }
        foreach (var (lease, _) in reply.Recorded)
            _held.RemoveAll(h => h.Lease == lease);
        if (call != _call || !_open)
        {
            // The reply to a report or to an earlier try of the exchange. Only its acknowledgements count.
            if (reply.EndedWhy is not null && call > _call)
                Fall(DeathKind.Ended, seen: true);
            return;
        }
        _open = false;
        _store ??= world.Store.Id;
        world.Oracle.Receives(_self, reply);
        if (reply.EndedWhy is not null)
        {
            Fall(DeathKind.Ended, seen: true);
            return;
        }
        foreach (var lease in reply.Stop)
            _held.RemoveAll(h => h.Lease == lease);
        foreach (var row in reply.Leases)
            if (!_held.Exists(h => h.Lease == new LeaseToken(row.Id, row.Now.Attempt)))
                _held.Add(new Held(row));
        foreach (var (lease, _) in reply.Wanted)
            if (_held.Find(h => h.Lease == lease) is { Outcome: null } held)
                End(held, new Outcome(lease, OutcomeKind.Cancelled));
        var unfinished = _held.Count(h => h.Outcome is null);
        if (unfinished > slots + prefetch)
            throw new SimulationFault(
                $"worker {Name} has {unfinished} unfinished leases, more than its capacity of {slots}+{prefetch}"
            );
    }

    /// <summary>True if the worker still reads the reply to this exchange.</summary>
    public bool Awaits(long number) => IsAlive && _open && number == _number;

    private void Exchange()
    {
        _number++;
        Talk++;
        Send();
    }

    private void Retry(int detail)
    {
        // A try is abandoned if its connection failed, and occasionally while its reply is still in transit.
        if (_broken || detail % 16 == 0)
            Send();
    }

    private void Send()
    {
        (_open, _broken) = (true, false);
        _call = ++_calls;
        // Outcomes are sent in reports, and occasionally in the exchange as well.
        var unacknowledged =
            _call % 4 == 0 ? _held.Where(h => h.Outcome is not null).Select(h => h.Outcome!).ToList() : [];
        var list = _held.Select(h => new HeldLease(h.Lease, h.Started, h.Outcome is not null, null)).ToList();
        world.Network.Send(
            new Message.Request(
                this,
                _call,
                new Command.Exchange(
                    Body(unacknowledged),
                    _number,
                    TimeSpan.FromSeconds(2),
                    _number == 1 ? _predecessor : null,
                    list,
                    false
                )
            )
        );
    }

    private void Report()
    {
        var news = _held.Where(h => h.Outcome is not null).Select(h => h.Outcome!).ToList();
        var started = _held
            .Where(h => h is { Started: true, Outcome: null })
            .Select(h => new HeldLease(h.Lease, true, false, null))
            .ToList();
        if (news.Count + started.Count > 0)
            world.Network.Send(new Message.Request(this, ++_calls, new Command.Report(Body(news), started)));
    }

    private void Begin()
    {
        var running = _held.Count(h => h is { Started: true, Outcome: null });
        foreach (var held in _held)
        {
            if (held.Started || held.Outcome is not null || running >= slots)
                continue;
            if (held.Alone && running > 0)
                continue;
            if (_held.Exists(h => h is { Alone: true, Started: true, Outcome: null }))
                continue;
            held.Started = true;
            running++;
            world.Tell?.Invoke($"{Name} starts {held.Lease}");
            world.Oracle.Starts(_self, held.Lease);
        }
    }

    private void Finish(int detail)
    {
        var running = _held.Where(h => h is { Started: true, Outcome: null }).ToList();
        if (running.Count == 0)
            return;
        var held = running[detail % running.Count];
        End(
            held,
            ((detail >> 8) % 12) switch
            {
                0 => new Outcome(held.Lease, OutcomeKind.Failed) { Error = new JobError("E", "simulated") },
                1 => new Outcome(held.Lease, OutcomeKind.Rejected) { Error = new JobError("R", "simulated") },
                2 => new Outcome(held.Lease, OutcomeKind.TimedOut),
                3 => new Outcome(held.Lease, OutcomeKind.Crashed) { Isolated = running.Count == 1 },
                _ => Success(held),
            }
        );
    }

    private void GiveBack(int detail)
    {
        if (detail % 4 == 0 && _held.Find(h => h is { Started: false, Outcome: null }) is { } held)
            End(held, new Outcome(held.Lease, OutcomeKind.Released));
    }

    private void End(Held held, Outcome outcome)
    {
        held.Outcome = outcome;
        world.Tell?.Invoke($"{Name} ends {held.Lease}: {outcome.Kind}");
        if (outcome.Kind == OutcomeKind.Crashed)
            world.Oracle.Crashed(held.Lease);
        else if (outcome.Kind != OutcomeKind.Succeeded)
            world.Oracle.Excuse(held.Lease);
    }

    private Outcome Success(Held held) =>
        new(held.Lease, OutcomeKind.Succeeded)
        {
            Result = System.Text.Encoding.UTF8.GetBytes(Oracle.ResultOf(held.Lease, _self)),
            ContentType = "text/plain",
        };

    private WorkerMessage Body(IReadOnlyList<Outcome> outcomes) =>
        new(_self)
        {
            Store = _store,
            Pool = "local",
            Slots = slots,
            Prefetch = prefetch,
            Offers = offers,
            Outcomes = outcomes,
        };
}
