using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// Verifies the guarantees independently of the broker. It uses only the responses that left the server, the actions of
/// the workers, and the contents of the disk.
/// </summary>
internal sealed class Oracle(World world)
{
    private readonly HashSet<JobId> _acknowledged = [];
    private readonly HashSet<JobId> _cancelled = [];
    private readonly Dictionary<LeaseToken, Holder> _granted = [];
    private readonly Dictionary<LeaseToken, Holder> _recorded = [];
    private readonly Dictionary<string, JobId> _byKey = [];
    private readonly Dictionary<JobId, int> _provenKills = [];
    private readonly Dictionary<LeaseToken, Holder> _started = [];
    private readonly HashSet<LeaseToken> _excused = [];
    private readonly HashSet<(FeedName Feed, long Finish)> _given = [];

    public int Acknowledged => _acknowledged.Count;

    public static string ResultOf(LeaseToken lease, Holder holder) =>
        $"{lease} by {holder.Worker} {holder.Incarnation}";

    /// <summary>Checks a response that leaves the server: everything it states must already be on disk (R1).</summary>
    public void Leaves(IParty to, Answer answer)
    {
        switch (answer)
        {
            case Answer.Submitted submitted:
                foreach (var result in submitted.Results)
                {
                    if (result.Refusal is not null)
                        continue;
                    if (!world.Store.Has(result.Id))
                        throw new SimulationFault($"job {result.Id} was acknowledged but is not on disk");
                    if (!_acknowledged.Add(result.Id) && !result.Repeated)
                        throw new SimulationFault($"the id {result.Id} was assigned twice");
                }
                break;
            case Answer.Ended ended:
                if (world.Store.DoneRow(ended.Job.Job.Id) is null)
                    throw new SimulationFault(
                        $"the completion of job {ended.Job.Job.Id} was reported but is not on disk"
                    );
                break;
            case Answer.Pulled pulled:
                foreach (var end in pulled.Ends)
                    if (!_given.Any(given => given.Finish == end.Finish))
                        throw new SimulationFault(
                            $"completion {end.Finish} was sent to a client, but no batch on disk delivers it"
                        );
                break;
            case Answer.CancelWanted wanted:
                _cancelled.Add(wanted.Job.Id);
                break;
            case Answer.Exchanged exchanged:
                // The reply to a worker that has ended may list leases that were lost in the same batch. The reply to a
                // delayed duplicate may list leases that the worker, which already read the first reply, has since
                // finished. Neither is checked.
                foreach (
                    var row in to is SimWorker reader && reader.Awaits(exchanged.Number)
                        ? exchanged.Leases.Where(l => l.Now.Holder == reader.Self)
                        : []
                )
                    if (
                        world.Store.LiveRow(row.Id) is not { } stored
                        || stored.Now.Attempt != row.Now.Attempt
                        || stored.Now.Holder != row.Now.Holder
                    )
                        throw new SimulationFault($"the lease {row.Id}#{row.Now.Attempt} was sent but is not on disk");
                foreach (var (lease, verdict) in exchanged.Recorded)
                    if (verdict == Verdict.Recorded && to is SimWorker worker)
                        Recorded(lease, worker);
                break;
        }
    }

    /// <summary>
    /// Called when a batch on disk marks these completions as delivered to a feed. Each must be delivered for the first
    /// time, and its job must have ended on disk (R16).
    /// </summary>
    public void Given(FeedName feed, IReadOnlyList<PulledEnd> ends)
    {
        foreach (var end in ends)
        {
            if (!_given.Add((feed, end.Finish)))
                throw new SimulationFault($"completion {end.Finish} was delivered twice to the feed {feed}");
            if (world.Store.DoneRow(end.Job) is not { } done || done.Finish != end.Finish)
                throw new SimulationFault(
                    $"completion {end.Finish} of job {end.Job} was delivered to the feed {feed} but is not on disk"
                );
        }
    }

    /// <summary>
    /// Called when a client learns which job its key belongs to. It must always be the same job (R17).
    /// </summary>
    public void Named(string key, JobId job)
    {
        if (_byKey.TryGetValue(key, out var before) && before != job)
            throw new SimulationFault($"the key {key} returned job {before} and later job {job}");
        _byKey[key] = job;
    }

    /// <summary>Called when a worker reads the reply to its open exchange.</summary>
    public void Receives(Holder worker, Answer.Exchanged reply)
    {
        foreach (var row in reply.Leases)
        {
            var lease = new LeaseToken(row.Id, row.Now.Attempt);
            if (_granted.TryGetValue(lease, out var other) && other != worker)
                throw new SimulationFault($"the lease {lease} was granted to both {other.Worker} and {worker.Worker}");
            _granted[lease] = worker;
        }
    }

    /// <summary>
    /// Called when a worker starts an attempt. No other worker may start the same lease, and a job may be rerun only
    /// for a valid reason.
    /// </summary>
    public void Starts(Holder worker, LeaseToken lease)
    {
        for (var attempt = 1; attempt < lease.Attempt; attempt++)
        {
            var earlier = new LeaseToken(lease.Job, attempt);
            if (_started.TryGetValue(earlier, out var who) && !_excused.Contains(earlier))
                throw new SimulationFault(
                    $"{worker.Worker} started {lease} without a valid reason: {who.Worker} had already "
                        + $"started {earlier}"
                );
        }
        if (!_started.TryAdd(lease, worker))
            throw new SimulationFault($"{lease} was started by both {_started[lease].Worker} and {worker.Worker}");
    }

    /// <summary>
    /// Permits a rerun of the job: this attempt failed or was released, or its worker ended, switched to another store,
    /// or sent no message for one lease.
    /// </summary>
    public void Excuse(LeaseToken lease) => _excused.Add(lease);

    /// <summary>
    /// Called when a worker process ends. A crash counts against a job only if it was the worker's only job.
    /// </summary>
    public void Fell(Holder worker, IReadOnlyList<LeaseToken> held, DeathKind how)
    {
        foreach (var lease in held)
            Excuse(lease);
        if (how == DeathKind.Ended)
            return;
        foreach (var lease in held)
            CountCrash(lease.Job);
    }

    /// <summary>The process that ran a lease crashed while its worker survived and reported it.</summary>
    public void Crashed(LeaseToken lease)
    {
        Excuse(lease);
        CountCrash(lease.Job);
    }

    private void CountCrash(JobId job) => _provenKills[job] = _provenKills.GetValueOrDefault(job) + 1;

    /// <summary>Checks the final state, after all faults have ended and all workers are healthy.</summary>
    public void Judge()
    {
        foreach (var id in _acknowledged)
        {
            if (world.Store.DoneRow(id) is not { } done)
                throw new SimulationFault(
                    $"job {id} was acknowledged but never ended: {Words(world.Store.LiveRow(id))}"
                );
            Judge(done);
        }
        // Every completion that a feed marks as delivered must have been in a response of the same batch; every other
        // one must still be available.
        foreach (var feed in world.Store.Feeds)
        foreach (
            var done in world.Store.Done.Values.Where(done =>
                done.Job.Spec.Queue == feed.Queue && done.Job.Now.State == JobState.Succeeded
            )
        )
            if (world.Store.WasGiven(feed.Name, done.Finish) != _given.Contains((feed.Name, done.Finish)))
                throw new SimulationFault(
                    $"completion {done.Finish} is "
                        + $"{(world.Store.WasGiven(feed.Name, done.Finish) ? "marked" : "not marked")} as delivered "
                        + $"to the feed {feed.Name}, but the responses show the opposite"
                );
    }

    private void Judge(DoneRow done)
    {
        var (id, now) = (done.Job.Id, done.Job.Now);
        if (
            now.State == JobState.Succeeded
            && world.Store.Result(id) != ResultOf(new LeaseToken(id, now.Attempt), now.Holder)
        )
            throw new SimulationFault(
                $"job {id} succeeded as attempt {now.Attempt} of {now.Holder.Worker} with the result "
                    + $"'{world.Store.Result(id)}'"
            );
        if (now.State != JobState.Succeeded && world.Store.Result(id) is { } result)
            throw new SimulationFault($"job {id} is {now.State.Word()} but has the result '{result}'");
        if (
            _cancelled.Contains(id)
            && now.State == JobState.Failed
            && done.Reason is not (FailReason.Deadline or FailReason.Timeout or FailReason.TooLarge)
        )
            throw new SimulationFault(
                $"job {id} had a stop request for cancellation but failed as {done.Reason.Word()}"
            );
        // A job may end as poison only after more crashes than the limit: the first one makes it a suspect, and each
        // later one counts.
        if (done.Reason == FailReason.Poison && _provenKills.GetValueOrDefault(id) <= LossLimits.Default.MaxKills)
            throw new SimulationFault(
                $"job {id} failed as poison after only {_provenKills.GetValueOrDefault(id)} worker crashes"
            );
    }

    private void Recorded(LeaseToken lease, SimWorker by)
    {
        if (_recorded.TryGetValue(lease, out var before))
            throw new SimulationFault(
                $"the outcome of {lease} was recorded twice: for {before.Worker} and for {by.Self.Worker}"
            );
        _recorded.Add(lease, by.Self);
        if (
            world.Store.DoneRow(lease.Job) is { } done
            && done.Job.Now.Attempt == lease.Attempt
            && done.Job.Now.Holder.Worker != by.Self.Worker
        )
            throw new SimulationFault(
                $"the outcome of {lease} was recorded for {done.Job.Now.Holder.Worker} but acknowledged to "
                    + $"{by.Self.Worker}"
            );
    }

    private static string Words(JobRow? row) =>
        row is null
            ? "not on disk"
            : $"{row.Now.State.Word()}, attempt {row.Now.Attempt} on {row.Now.Holder.Worker}, stop request "
                + $"{row.Now.Wanted.Word()}, isolated {row.Now.Alone}";
}
