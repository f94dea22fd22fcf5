using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Wire;

namespace Headrace.Worker.Leases;

/// <summary>
/// The leases of a worker, from their reply to the acknowledgement of their outcome: what runs next, what an exchange lists, what a message carries (R6).
/// A lease leaves the book when its outcome is acknowledged, or when the broker says that it is not ours.
/// </summary>
internal sealed class LeaseBook(IReadOnlyList<Offer> offers)
{
    private readonly Dictionary<LeaseToken, HeldJob> _jobs = [];
    private readonly Queue<HeldJob> _waiting = [];

    /// <summary>Nothing is owed to the broker. Disowned work may still be ending, and some may end with the process.</summary>
    public bool IsEmpty => _jobs.Values.All(job => job.Disowned || job.EndsWithProcess);

    public int Running { get; private set; }

    public IEnumerable<HeldJob> All => _jobs.Values;

    /// <summary>The running ones, as they are now.</summary>
    public List<HeldJob> RunningNow() => [.. _jobs.Values.Where(job => job.Now == HeldJob.Stage.Running)];

    /// <summary>The job that is to run by itself, until it has ended; null without one.</summary>
    public HeldJob? Suspect => _jobs.Values.FirstOrDefault(job => job.Job.Alone && job.Now != HeldJob.Stage.Finished);

    public HeldJob? Find(LeaseToken lease) => _jobs.GetValueOrDefault(lease);

    /// <summary>A lease has come; null when it is in the book already.</summary>
    public HeldJob? Take(LeasedJob job, Instant received)
    {
        var held = new HeldJob(job, received, offers.FirstOrDefault(offer => offer.Method == job.Method && offer.Version == job.Version));
        if (!_jobs.TryAdd(held.Lease, held)) return null;
        _waiting.Enqueue(held);
        return held;
    }

    /// <summary>Starts the one that has waited longest; null when none may start: a suspect waits for what runs, and nothing starts beside it (R10).</summary>
    public HeldJob? StartNext(Elapsed now, Elapsed? exclusiveUntil)
    {
        while (_waiting.TryPeek(out var next))
        {
            var gone = next.Now != HeldJob.Stage.Waiting || !_jobs.ContainsKey(next.Lease);
            if (!gone && Running > 0 && Suspect is not null) return null;
            // Our right to run it may end before it does: it waits for the server's next word.
            if (!gone && next.Exclusive && now >= exclusiveUntil) return null;
            _waiting.Dequeue();
            if (gone) continue;
            next.Now = HeldJob.Stage.Running;
            (next.Started, next.StartTold) = (now, false);
            Running++;
            return next;
        }
        return null;
    }

    /// <summary>Gives a lease its outcome; the first one stays.</summary>
    public void Finish(HeldJob job, Outcome outcome)
    {
        if (job.Now == HeldJob.Stage.Finished) return;
        if (job.Now == HeldJob.Stage.Running) Running--;
        job.Now = HeldJob.Stage.Finished;
        outcome.Lease = job.Lease.ToWire();
        outcome.Metrics ??= new Outcome.Types.Metrics();
        outcome.Metrics.Received = job.Received.ToTimestamp();
        job.Outcome = outcome;
        if (job.Disowned) _jobs.Remove(job.Lease);
    }

    /// <summary>Gives back what has not started, except one.</summary>
    public void ReleaseWaiting(HeldJob? except = null)
    {
        foreach (var job in _jobs.Values.Where(job => job.Now == HeldJob.Stage.Waiting && job != except).ToList()) Finish(job, new Outcome { Kind = Outcome.Types.Kind.Released });
    }

    /// <summary>The broker has recorded, or had recorded, or dropped the outcome: in each case it is done with (R6).</summary>
    public void Acknowledge(LeaseToken lease)
    {
        if (_jobs.TryGetValue(lease, out var job) && job.Now == HeldJob.Stage.Finished) _jobs.Remove(lease);
    }

    /// <summary>The lease is not ours any more; true when its work runs and must be stopped.</summary>
    public bool Disown(HeldJob job)
    {
        // A finished one stays until its outcome is answered: the list that the broker judged may be older than the outcome.
        if (job.Now == HeldJob.Stage.Finished || job.Disowned) return false;
        job.Disowned = true;
        if (job.Now == HeldJob.Stage.Running) return true;
        _jobs.Remove(job.Lease);
        return false;
    }

    /// <summary>Every lease that is held, for an exchange.</summary>
    public void List(ExchangeRequest request)
    {
        foreach (var job in _jobs.Values)
        {
            if (job.Disowned) continue;
            request.Held.Add(Listed(job));
            (job.StartTold, job.ProgressTold) = (true, true);
        }
    }

    /// <summary>Starts that are old enough to be worth telling, and progress if it is time for it, for a report.</summary>
    public void ListNews(ExchangeRequest request, Elapsed startedBefore, bool withProgress)
    {
        foreach (var job in _jobs.Values)
        {
            if (job.Now != HeldJob.Stage.Running || job.Disowned) continue;
            if ((job.StartTold || job.Started > startedBefore) && (job.ProgressTold || !withProgress)) continue;
            request.Held.Add(Listed(job));
            (job.StartTold, job.ProgressTold) = (true, true);
        }
    }

    /// <summary>Puts outcomes that no message carries into this one, each with its log, up to the bounds of a message.</summary>
    public void Carry(ExchangeRequest request, long message)
    {
        var bytes = 0;
        foreach (var job in _jobs.Values)
        {
            if (job.Now != HeldJob.Stage.Finished || job.CarriedBy != 0) continue;
            bytes += job.Outcome!.Result.Length + (job.Log?.Length ?? 0) + 128;
            if (request.Outcomes.Count >= WorkerRules.MessageOutcomes || (bytes > WorkerRules.MessageBytes && request.Outcomes.Count > 0)) return;
            request.Outcomes.Add(job.Outcome);
            if (job.Log is not null) request.Logs.Add(new LogLines { Lease = job.Lease.ToWire(), Lines = job.Log });
            job.CarriedBy = message;
        }
    }

    /// <summary>Puts the changed logs of running jobs into a message; true when there were any.</summary>
    public bool CarryLogs(ExchangeRequest request)
    {
        var any = false;
        var bytes = 0;
        foreach (var job in _jobs.Values)
        {
            if (job.Now != HeldJob.Stage.Running || job.Disowned || job.LogTold) continue;
            bytes += job.Log!.Length;
            if (bytes > WorkerRules.MessageBytes) return true;
            request.Logs.Add(new LogLines { Lease = job.Lease.ToWire(), Lines = job.Log });
            any = job.LogTold = true;
        }
        return any;
    }

    /// <summary>A message was not answered, or is over: what it carried and was not acknowledged goes again.</summary>
    public void Unload(long message, bool answered)
    {
        foreach (var job in _jobs.Values)
        {
            if (job.CarriedBy == message) job.CarriedBy = 0;
            if (!answered && job.Now == HeldJob.Stage.Running) (job.StartTold, job.LogTold) = (false, job.Log is null);
        }
    }

    private static HeldLease Listed(HeldJob job)
    {
        var listed = new HeldLease
        {
            Lease = job.Lease.ToWire(),
            Started = job.Now == HeldJob.Stage.Running || job.Outcome?.Metrics.Started is not null,
            Finished = job.Now == HeldJob.Stage.Finished,
        };
        if (job.Progress is not null) listed.Progress = job.Progress;
        return listed;
    }
}
