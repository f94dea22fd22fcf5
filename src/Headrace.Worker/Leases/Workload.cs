using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Wire;

namespace Headrace.Worker.Leases;

/// <summary>What runs: starts leases in free slots, keeps time limits, passes orders on to the methods, and gives back what it cannot start soon.</summary>
internal sealed class Workload(WorkerRules rules, LeaseBook book, Line line)
{
    private readonly PrefetchRule _prefetch = new(rules.Slots);
    private Elapsed _slotMoved;

    /// <summary>Nothing more is started or kept waiting.</summary>
    public bool Closed { get; private set; }

    /// <summary>Every slot has been busy with the same jobs for a while: what waits here would do better elsewhere.</summary>
    public bool IsStalled(Elapsed now) => book.Running >= rules.Slots && now >= _slotMoved + WorkerRules.WaitingPatience;

    /// <summary>The leases to ask for beyond the slots.</summary>
    public int Prefetch(Elapsed now) => Closed || book.Suspect is not null || IsStalled(now) ? 0 : _prefetch.Prefetch;

    public void Close()
    {
        Closed = true;
        book.ReleaseWaiting();
    }

    public void Take(LeasedJob job, WorkerTurn turn)
    {
        if (book.Take(job, turn.Wall) is null) return;
        if (Closed) book.ReleaseWaiting();
        // A suspect runs by itself: what had started is finished first, what waits goes back (R10).
        else if (book.Suspect is { } suspect) book.ReleaseWaiting(except: suspect);
    }

    /// <summary>The broker says that a lease is not ours any more (R6): its work is killed, as far as a method in this process can be.</summary>
    public void Stop(LeaseToken lease, WorkerTurn turn)
    {
        if (book.Find(lease) is { } job && book.Disown(job)) Cancel(job, Outcome.Types.Kind.Cancelled, turn);
    }

    /// <summary>The broker wants a job's end (R12). The order may come many times.</summary>
    public void Want(ExchangeReply.Types.Order order, WorkerTurn turn)
    {
        if (book.Find(order.Lease.ToToken()) is not { } job) return;
        var kind = order.Wanted == ExchangeReply.Types.Order.Types.Wanted.Timeout ? Outcome.Types.Kind.TimedOut : Outcome.Types.Kind.Cancelled;
        if (job.Now == HeldJob.Stage.Waiting) book.Finish(job, new Outcome { Kind = Outcome.Types.Kind.Cancelled });
        else Cancel(job, kind, turn);
    }

    public static void Spoke(HeldJob job, WorkerEvent.Spoke said)
    {
        if (said.Progress is not null) (job.Progress, job.ProgressTold) = (said.Progress, false);
        if (said.Log is not null) (job.Log, job.LogTold) = (said.Log, false);
    }

    /// <summary>A method has returned: its slot is free, its outcome waits to be sent. Succeeded stays succeeded, also when an end was wanted (R12).</summary>
    public void Ended(HeldJob job, MethodEnd end, WorkerTurn turn)
    {
        if (job.Now != HeldJob.Stage.Running) return;
        _slotMoved = turn.Now;
        _prefetch.Ran(turn.Now - job.Started);
        if (end.Log is not null) job.Log = end.Log;
        book.Finish(job, new Outcome
        {
            Kind = end.Kind == Outcome.Types.Kind.Cancelled ? job.Stopping?.As ?? end.Kind : end.Kind,
            Result = end.Result,
            ContentType = end.ContentType,
            Error = end.Error,
            Metrics = end.Metrics,
        });
    }

    /// <summary>
    /// Cancels what is over its time limit, and exclusive work whose lease runs out; the answer is a job that must end now and whose method does not, or null:
    /// only the end of its process is left.
    /// </summary>
    public HeldJob? Watch(WorkerTurn turn)
    {
        HeldJob? deaf = null;
        foreach (var job in book.All)
        {
            if (job.Now != HeldJob.Stage.Running) continue;
            if (Reached(job.LimitAt, job, turn)) Cancel(job, Outcome.Types.Kind.TimedOut, turn);
            if (job.Exclusive && Reached(line.ExclusiveUntil, job, turn)) Cancel(job, job.LetGo, turn);
            if (job.Stopping is not { } stopping) continue;
            var deadBy = stopping.At + rules.CancelGrace;
            if (job.Exclusive && line.ExclusiveDeadBy < deadBy) deadBy = line.ExclusiveDeadBy.Value;
            if (deadBy <= turn.Now) deaf = job;
            else turn.WakeBy(deadBy);
        }
        return deaf;
    }

    public void Start(WorkerTurn turn)
    {
        while (!Closed && book.Running < rules.Slots && book.StartNext(turn.Now, line.ExclusiveUntil) is { } next)
        {
            _slotMoved = turn.Now;
            turn.Add(new WorkerStep.Run(next.Job));
            if (next.LimitAt is { } limit) turn.WakeBy(limit);
        }
        if (book.Running < rules.Slots) return;
        if (IsStalled(turn.Now)) book.ReleaseWaiting();
        else turn.WakeBy(_slotMoved + WorkerRules.WaitingPatience);
    }

    /// <summary>Lets go of everything: what waits and what runs goes back, and running methods are told to stop.</summary>
    public void Abandon(WorkerTurn turn)
    {
        Close();
        foreach (var job in book.RunningNow())
        {
            Cancel(job, job.LetGo, turn);
            // Of exclusive work nothing is told before its method has returned: somebody else would start it beside this run.
            if (!job.Exclusive) book.Finish(job, new Outcome { Kind = job.Stopping!.Value.As });
        }
    }

    /// <summary>True when a running job that nobody stopped yet has reached a time; else it is looked at again then.</summary>
    private static bool Reached(Elapsed? at, HeldJob job, WorkerTurn turn)
    {
        if (at is not { } time || job.Stopping is not null) return false;
        if (time <= turn.Now) return true;
        turn.WakeBy(time);
        return false;
    }

    private static void Cancel(HeldJob job, Outcome.Types.Kind kind, WorkerTurn turn)
    {
        if (job.Now != HeldJob.Stage.Running || job.Stopping is not null) return;
        job.Stopping = (turn.Now, kind);
        turn.Add(new WorkerStep.Cancel(job.Lease));
    }
}
