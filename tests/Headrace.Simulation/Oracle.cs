using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// Stands outside the broker: knows only what left the server, what workers did, and what lies on the disk, and holds
/// the promises against it.
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

    /// <summary>An answer leaves the server: what it says must be on the disk by now (R1).</summary>
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
                        throw new SimulationFault($"job {result.Id} was acknowledged and is not on the disk");
                    if (!_acknowledged.Add(result.Id) && !result.Repeated)
                        throw new SimulationFault($"the id {result.Id} was given twice");
                }
                break;
            case Answer.Ended ended:
                if (world.Store.DoneRow(ended.Job.Job.Id) is null)
                    throw new SimulationFault($"the end of job {ended.Job.Job.Id} was told and is not on the disk");
                break;
            case Answer.Pulled pulled:
                foreach (var end in pulled.Ends)
                    if (!_given.Any(given => given.Finish == end.Finish))
                        throw new SimulationFault(
                            $"the end {end.Finish} left to a puller, and no batch on the disk gives it"
                        );
                break;
            case Answer.CancelWanted wanted:
                _cancelled.Add(wanted.Job.Id);
                break;
            case Answer.Exchanged exchanged:
                // A reply to the dead may name what its death, in the same batch, has taken from it; one to a late
                // repeat what its sender, who has long read the first, has ended.
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
                        throw new SimulationFault($"the lease {row.Id}#{row.Now.Attempt} left and is not on the disk");
                foreach (var (lease, verdict) in exchanged.Recorded)
                    if (verdict == Verdict.Recorded && to is SimWorker worker)
                        Recorded(lease, worker);
                break;
        }
    }

    /// <summary>
    /// A batch is on the disk that gives these to a feed: each for the first time, each with its end on the disk (R16).
    /// </summary>
    public void Given(FeedName feed, IReadOnlyList<PulledEnd> ends)
    {
        foreach (var end in ends)
        {
            if (!_given.Add((feed, end.Finish)))
                throw new SimulationFault($"the feed {feed} was given the end {end.Finish} twice");
            if (world.Store.DoneRow(end.Job) is not { } done || done.Finish != end.Finish)
                throw new SimulationFault(
                    $"the feed {feed} was given the end {end.Finish} of job {end.Job}, which is not on the disk"
                );
        }
    }

    /// <summary>The client was told which job its key belongs to: always the same (R17).</summary>
    public void Named(string key, JobId job)
    {
        if (_byKey.TryGetValue(key, out var before) && before != job)
            throw new SimulationFault($"the key {key} was answered with job {before} and with job {job}");
        _byKey[key] = job;
    }

    /// <summary>A worker reads a reply that counts.</summary>
    public void Receives(Holder worker, Answer.Exchanged reply)
    {
        foreach (var row in reply.Leases)
        {
            var lease = new LeaseToken(row.Id, row.Now.Attempt);
            if (_granted.TryGetValue(lease, out var other) && other != worker)
                throw new SimulationFault($"the lease {lease} was given to {other.Worker} and to {worker.Worker}");
            _granted[lease] = worker;
        }
    }

    /// <summary>
    /// A worker begins to run a lease: nobody else ever does under the same token, and no work is done twice without a
    /// cause.
    /// </summary>
    public void Starts(Holder worker, LeaseToken lease)
    {
        for (var attempt = 1; attempt < lease.Attempt; attempt++)
        {
            var earlier = new LeaseToken(lease.Job, attempt);
            if (_started.TryGetValue(earlier, out var who) && !_excused.Contains(earlier))
                throw new SimulationFault(
                    $"{worker.Worker} starts {lease}, though {who.Worker} had started {earlier} and nothing had happened to it"
                );
        }
        if (!_started.TryAdd(lease, worker))
            throw new SimulationFault($"{lease} was started by {_started[lease].Worker} and by {worker.Worker}");
    }

    /// <summary>
    /// There is a cause for a further attempt: this one failed, was given back, or its worker fell, strayed or was
    /// silent for a lease.
    /// </summary>
    public void Excuse(LeaseToken lease) => _excused.Add(lease);

    /// <summary>A worker process is gone. A kill is proven only against a job that was the only one there.</summary>
    public void Fell(Holder worker, IReadOnlyList<LeaseToken> held, DeathKind how)
    {
        foreach (var lease in held)
            Excuse(lease);
        if (how == DeathKind.Ended)
            return;
        foreach (var lease in held)
            CountCrash(lease.Job);
    }

    /// <summary>The process that ran a lease crashed, and its worker lives on and reports it.</summary>
    public void Crashed(LeaseToken lease)
    {
        Excuse(lease);
        CountCrash(lease.Job);
    }

    private void CountCrash(JobId job) => _provenKills[job] = _provenKills.GetValueOrDefault(job) + 1;

    /// <summary>After the schedule, with every fault over and every worker well.</summary>
    public void Judge()
    {
        foreach (var id in _acknowledged)
        {
            if (world.Store.DoneRow(id) is not { } done)
                throw new SimulationFault(
                    $"job {id} was acknowledged and never ended: {Words(world.Store.LiveRow(id))}"
                );
            Judge(done);
        }
        // What a feed calls given was in an answer of the same batch; what it does not, is still there to be given.
        foreach (var feed in world.Store.Feeds)
        foreach (
            var done in world.Store.Done.Values.Where(done =>
                done.Job.Spec.Queue == feed.Queue && done.Job.Now.State == JobState.Succeeded
            )
        )
            if (world.Store.WasGiven(feed.Name, done.Finish) != _given.Contains((feed.Name, done.Finish)))
                throw new SimulationFault(
                    $"the feed {feed.Name} {(world.Store.WasGiven(feed.Name, done.Finish) ? "calls" : "does not call")} the end {done.Finish} given, and the answers say otherwise"
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
                $"job {id} succeeded as attempt {now.Attempt} of {now.Holder.Worker} with the result '{world.Store.Result(id)}'"
            );
        if (now.State != JobState.Succeeded && world.Store.Result(id) is { } result)
            throw new SimulationFault($"job {id} {now.State.Word()} and has the result '{result}'");
        if (
            _cancelled.Contains(id)
            && now.State == JobState.Failed
            && done.Reason is not (FailReason.Deadline or FailReason.Timeout or FailReason.TooLarge)
        )
            throw new SimulationFault($"job {id} was to be cancelled and failed as {done.Reason.Word()}");
        // Innocents: as poison ends only what was there at more deaths than the limit; the first makes a suspect, each
        // later one a kill.
        if (done.Reason == FailReason.Poison && _provenKills.GetValueOrDefault(id) <= LossLimits.Default.MaxKills)
            throw new SimulationFault(
                $"job {id} was condemned as poison after {_provenKills.GetValueOrDefault(id)} deaths"
            );
    }

    private void Recorded(LeaseToken lease, SimWorker by)
    {
        if (_recorded.TryGetValue(lease, out var before))
            throw new SimulationFault(
                $"the outcome of {lease} was recorded twice, for {before.Worker} and for {by.Self.Worker}"
            );
        _recorded.Add(lease, by.Self);
        if (
            world.Store.DoneRow(lease.Job) is { } done
            && done.Job.Now.Attempt == lease.Attempt
            && done.Job.Now.Holder.Worker != by.Self.Worker
        )
            throw new SimulationFault(
                $"the outcome of {lease} was recorded for {done.Job.Now.Holder.Worker} and told to {by.Self.Worker}"
            );
    }

    private static string Words(JobRow? row) =>
        row is null
            ? "not on the disk"
            : $"{row.Now.State.Word()}, attempt {row.Now.Attempt} of {row.Now.Holder.Worker}, wanted {row.Now.Wanted.Word()}, alone {row.Now.Alone}";
}
