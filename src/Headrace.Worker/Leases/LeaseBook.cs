using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using OnLost = Headrace.Protocol.Exchange.OfferOnLost;

namespace Headrace.Worker.Leases;

/// <summary>
/// The leases of a worker, from their reply to the acknowledgement of their outcome: what runs next, what an exchange
/// lists, what a message carries (R6).
/// A lease leaves the book when its outcome is acknowledged, or when the broker says that it is not ours.
/// </summary>
internal sealed class LeaseBook(IReadOnlyList<Offer> offers, IReadOnlyDictionary<MethodRef, Shape> shapes)
{
    private readonly Dictionary<LeaseToken, HeldJob> _jobs = [];
    private readonly Dictionary<MethodRef, (Offer? Offer, MethodShape Method)> _methods = [];

    // Each job is in one of these, by its stage, so that a wake costs what has changed and not what is held. A disowned
    // one stays where it is in hand until its method returns.
    private readonly LinkedList<HeldJob> _waiting = [];
    private readonly LinkedList<HeldJob> _handed = [];
    private readonly LinkedList<HeldJob> _running = [];
    private readonly LinkedList<HeldJob> _untold = [];
    private readonly Dictionary<long, LinkedList<HeldJob>> _carried = [];

    // Those in hand that may have to be stopped, or were: their times are looked at on every wake.
    private readonly HashSet<HeldJob> _watched = [];

    // Jobs in the book that are to run by themselves, so that nobody looks for one where there is none.
    private int _alone;

    /// <summary>
    /// Nothing is owed to the broker. Disowned work may still be ending, and some may end with the process.
    /// </summary>
    public bool IsEmpty => _jobs.Values.All(job => job.Disowned || job.EndsWithProcess);

    /// <summary>Jobs in the hands of methods.</summary>
    public int InHandCount => _handed.Count + _running.Count;

    /// <summary>Those that methods work on.</summary>
    public LinkedList<HeldJob> Running => _running;

    /// <summary>Those in hand with a time limit, an order to stop, or a lease they must not outlive.</summary>
    public IReadOnlyCollection<HeldJob> Watched => _watched;

    /// <summary>Those in the hands of methods, as they are now.</summary>
    public List<HeldJob> InHand() => [.. _handed, .. _running];

    /// <summary>Those that wait for a seat, the one that waited longest first.</summary>
    public IEnumerable<HeldJob> Waiting => _waiting;

    public LinkedListNode<HeldJob>? FirstWaiting => _waiting.First;

    public bool AnyWaiting => _waiting.Count > 0;

    /// <summary>An outcome waits that no message carries.</summary>
    public bool AnyUntold => _untold.Count > 0;

    /// <summary>The job that is to run by itself, until it has ended; null without one.</summary>
    public HeldJob? Suspect =>
        _alone == 0 ? null : _jobs.Values.FirstOrDefault(job => job.Job.Isolated && job.Now != HeldJob.Stage.Finished);

    public HeldJob? Find(LeaseToken lease) => _jobs.GetValueOrDefault(lease);

    /// <summary>A lease has come; null when it is in the book already.</summary>
    public HeldJob? Take(LeasedJob job, Instant received, Elapsed taken)
    {
        var (offer, method) = MethodOf(new MethodRef(new MethodName(job.Method), (int)job.Version));
        var held = new HeldJob(job, received, taken, offer, method);
        if (!_jobs.TryAdd(held.Lease, held))
            return null;
        if (job.Isolated)
            _alone++;
        _waiting.AddLast(held.Node);
        return held;
    }

    /// <summary>
    /// Puts a waiting job into a method's hands. A call of one job begins it at once; what is handed over ahead begins
    /// when its method says so.
    /// </summary>
    public void Seat(HeldJob job, Seat seat, Elapsed now, bool ahead)
    {
        (job.Seat, job.Now, job.Handed) = (seat, HeldJob.Stage.Handed, now);
        Move(job, _handed);
        if (job.Exclusive)
            _watched.Add(job);
        if (!ahead)
            Begin(job, now);
    }

    /// <summary>Its method works on it from here.</summary>
    public void Begin(HeldJob job, Elapsed now)
    {
        (job.Now, job.Started, job.StartTold) = (HeldJob.Stage.Running, now, false);
        Move(job, _running);
        if (job.LimitAt is not null)
            _watched.Add(job);
    }

    /// <summary>
    /// It was in hand ahead of its turn, and has not begun: it waits again, before all that came after it.
    /// </summary>
    public void PutBack(HeldJob job)
    {
        job.Seat!.Leave();
        (job.Seat, job.Now, job.AskedBack) = (null, HeldJob.Stage.Waiting, false);
        job.Node.List!.Remove(job.Node);
        _waiting.AddFirst(job.Node);
    }

    /// <summary>Its method was told to stop, and is watched until it has.</summary>
    public void Stop(HeldJob job, Elapsed now, Kind kind)
    {
        job.Stopping = (now, kind);
        _watched.Add(job);
    }

    /// <summary>Gives a lease its outcome; the first one stays.</summary>
    public void Finish(HeldJob job, Outcome outcome)
    {
        if (job.Now == HeldJob.Stage.Finished)
            return;
        if (_watched.Count > 0)
            _watched.Remove(job);
        job.Seat?.Leave();
        (job.Now, job.Seat) = (HeldJob.Stage.Finished, null);
        outcome.Lease = job.Lease;
        outcome.Metrics ??= new OutcomeMetrics();
        outcome.Metrics.Received = WireTime.Of(job.Received);
        job.Outcome = outcome;
        if (job.Disowned)
            Remove(job);
        else
            Move(job, _untold);
    }

    /// <summary>
    /// Gives back what has not started, except one. What a method has in its hands is asked back: it may have begun it
    /// just now.
    /// </summary>
    public void ReleaseWaiting(WorkerTurn turn, HeldJob? except = null)
    {
        for (var next = _waiting.First; next is not null; )
        {
            var job = next.Value;
            next = next.Next;
            if (job != except)
                Finish(job, new Outcome { Kind = Kind.Released });
        }
        foreach (var job in _handed)
            if (job != except)
                AskBack(job, turn);
    }

    /// <summary>Since when the method in a seat has something that it has not begun; null for nothing.</summary>
    public Elapsed? HandedSince(Seat seat)
    {
        // In the order in which they were handed over.
        foreach (var job in _handed)
            if (job.Seat == seat)
                return job.Handed;
        return null;
    }

    /// <summary>
    /// Asks the method in a seat for what it has not begun: the last first, so that what comes back to the head of the
    /// line does so in its order.
    /// </summary>
    public void AskBack(Seat seat, WorkerTurn turn)
    {
        for (var at = _handed.Last; at is not null; at = at.Previous)
            if (at.Value.Seat == seat)
                AskBack(at.Value, turn);
    }

    private static void AskBack(HeldJob job, WorkerTurn turn)
    {
        if (job.AskedBack)
            return;
        job.AskedBack = true;
        turn.Add(new WorkerStep.TakeBack(job.Lease));
    }

    /// <summary>
    /// The broker has recorded, or had recorded, or dropped the outcome: in each case it is done with (R6).
    /// </summary>
    public void Acknowledge(LeaseToken lease)
    {
        if (_jobs.TryGetValue(lease, out var job) && job.Now == HeldJob.Stage.Finished)
            Remove(job);
    }

    /// <summary>The lease is not ours any more; true when its work runs and must be stopped.</summary>
    public bool Disown(HeldJob job)
    {
        // A finished one stays until its outcome is answered: the list that the broker judged may be older than the
        // outcome.
        if (job.Now == HeldJob.Stage.Finished || job.Disowned)
            return false;
        job.Disowned = true;
        if (job.InHand)
            return true;
        Remove(job);
        return false;
    }

    /// <summary>Every lease that is held, for an exchange.</summary>
    public void List(ExchangeRequest request)
    {
        request.LeasesHeld.EnsureCapacity(_jobs.Count);
        foreach (var job in _jobs.Values)
        {
            if (job.Disowned)
                continue;
            request.LeasesHeld.Add(Listed(job));
            (job.StartTold, job.ProgressTold) = (true, true);
        }
    }

    /// <summary>
    /// Starts that are old enough to be worth telling, and progress if it is time for it, for a report.
    /// </summary>
    public void ListNews(ExchangeRequest request, Elapsed startedBefore, bool withProgress)
    {
        foreach (var job in _running)
        {
            if (job.Disowned)
                continue;
            if ((job.StartTold || job.Started > startedBefore) && (job.ProgressTold || !withProgress))
                continue;
            request.LeasesHeld.Add(Listed(job));
            (job.StartTold, job.ProgressTold) = (true, true);
        }
    }

    /// <summary>
    /// Puts outcomes that no message carries into this one, each with its log, up to the bounds of a message.
    /// </summary>
    public void Carry(ExchangeRequest request, long message)
    {
        if (_untold.Count == 0)
            return;
        request.Outcomes.EnsureCapacity(Math.Min(_untold.Count, WorkerRules.MessageOutcomes));
        var carried = _carried[message] = [];
        var bytes = 0;
        while (_untold.First?.Value is { } job)
        {
            bytes += job.Outcome!.Result.Length + (job.Log?.Length ?? 0) + 128;
            if (
                request.Outcomes.Count >= WorkerRules.MessageOutcomes
                || (bytes > WorkerRules.MessageBytes && request.Outcomes.Count > 0)
            )
                return;
            request.Outcomes.Add(job.Outcome);
            if (job.Log is not null)
                request.Logs.Add(new LogLines(job.Lease, job.Log));
            Move(job, carried);
        }
    }

    /// <summary>Puts the changed logs of running jobs into a message; true when there were any.</summary>
    public bool CarryLogs(ExchangeRequest request)
    {
        var any = false;
        var bytes = 0;
        foreach (var job in _running)
        {
            if (job.Disowned || job.LogTold)
                continue;
            bytes += job.Log!.Length;
            if (bytes > WorkerRules.MessageBytes)
                return true;
            request.Logs.Add(new LogLines(job.Lease, job.Log));
            any = job.LogTold = true;
        }
        return any;
    }

    /// <summary>
    /// A message was not answered, or is over: what it carried and was not acknowledged goes again, before what has
    /// ended since.
    /// </summary>
    public void Unload(long message, bool answered)
    {
        if (_carried.Remove(message, out var carried))
        {
            while (carried.Last is { } last)
            {
                carried.Remove(last);
                _untold.AddFirst(last);
            }
        }
        if (answered)
            return;
        foreach (var job in _running)
            (job.StartTold, job.LogTold) = (false, job.Log is null);
    }

    private void Remove(HeldJob job)
    {
        if (!_jobs.Remove(job.Lease))
            return;
        job.Node.List?.Remove(job.Node);
        if (job.Job.Isolated)
            _alone--;
    }

    private static void Move(HeldJob job, LinkedList<HeldJob> to)
    {
        job.Node.List?.Remove(job.Node);
        to.AddLast(job.Node);
    }

    private (Offer? Offer, MethodShape Method) MethodOf(MethodRef name)
    {
        if (_methods.TryGetValue(name, out var known))
            return known;
        var offer = offers.FirstOrDefault(offer => offer.Method == name.Name.Text && offer.Version == name.Version);
        var exclusive = offer is { Exclusive: true } or { OnLost: OnLost.Fail };
        return _methods[name] = (offer, new MethodShape(shapes.GetValueOrDefault(name) ?? Shape.Single, exclusive));
    }

    private static HeldLease Listed(HeldJob job) =>
        new(
            job.Lease,
            job.Now == HeldJob.Stage.Running || job.Outcome?.Metrics?.Started is not null,
            job.Now == HeldJob.Stage.Finished,
            job.Progress
        );
}
