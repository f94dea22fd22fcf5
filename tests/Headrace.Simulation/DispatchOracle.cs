using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;

namespace Headrace.Simulation;

/// <summary>
/// Verifies that jobs are assigned in order, to the right workers, and to every worker that could run one (R10, R19,
/// R22). The oracle considers only the jobs and workers, not the lanes and counts that the broker uses.
/// </summary>
internal sealed class DispatchOracle(World world)
{
    private readonly Dictionary<JobId, int> _claimed = [];
    private StarvationOracle _starvation = new();
    private readonly HashSet<LeaseToken> _started = [];
    private readonly HashSet<LeaseToken> _ended = [];

    /// <summary>Called when an attempt ends and its worker survives to report it.</summary>
    public void OnEnded(LeaseToken lease, OutcomeKind kind)
    {
        if (kind is not (OutcomeKind.Crashed or OutcomeKind.Lost))
            _ended.Add(lease);
    }

    /// <summary>
    /// Called when a batch on disk makes an ended job ready again, because a client requested this. After that, the job
    /// may run again, regardless of the outcome of its attempts.
    /// </summary>
    public void OnRetried(JobId job) => _ended.UnionWith(_started.Where(lease => lease.Job == job));

    /// <summary>
    /// Called when a worker starts an attempt. A job that must not run twice may run again only after a worker has
    /// reported that the earlier attempt failed.
    /// </summary>
    public void OnStarted(LeaseToken lease, MethodName method)
    {
        _started.Add(lease);
        if (!Population.MustNotRunTwice(method))
            return;
        for (var attempt = 1; attempt < lease.Attempt; attempt++)
        {
            var earlier = new LeaseToken(lease.Job, attempt);
            if (_started.Contains(earlier) && !_ended.Contains(earlier))
                throw new SimulationFaultException($"{lease} started although {earlier} was lost and must not rerun");
        }
    }

    /// <summary>
    /// Called after a server has loaded its state. Reservations are not stored, so the jobs' waiting times start again.
    /// </summary>
    public void OnLoaded() => _starvation = new StarvationOracle();

    /// <summary>Checks the claims and replies in a batch after it is complete.</summary>
    public void OnBatchBuilt(Batch batch, Broker broker)
    {
        foreach (var (_, answer) in batch.Responses)
            if (answer is Response.Exchanged reply)
                CheckOrder(reply.Leases, broker.State);
        List<JobRow> claims = [];
        foreach (var change in batch.Changes)
            if (
                RowOf(change) is { Status.State: JobState.Running } row
                && row.Spec.Method != MessageMethod.Name
                && IsNewClaim(row)
            )
                claims.Add(row);
        claims.ForEach(claim => CheckClaim(claim, broker));
        claims.ForEach(world.Availability.OnClaimed);
        claims.ForEach(claim => world.Retention.OnClaimed(claim, batch, broker.State));
        _starvation.OnClaims(claims, broker.State);
        foreach (var change in batch.Changes)
            if (change is RowChange.AttemptAdded { Row: { Kind: OutcomeKind.TimedOut } attempt })
                CheckRetry(attempt.Lease, batch);
    }

    /// <summary>
    /// Checks that no worker is waiting for a job while a job that it could run is ready. Called after each turn.
    /// </summary>
    public static void CheckIdle(Broker broker, Elapsed elapsed)
    {
        var state = broker.State;
        if (state.StorageLowReason is not null)
            return;
        var kept = 0;
        foreach (var worker in state.Workers.WithOpenExchange)
        {
            var free = worker.Slots - worker.HeldJobs.Sum(job => JobSlots.Of(job, state));
            if (!Accepts(worker) || free <= 0 || Isolates(worker))
                continue;
            var ready = state.Jobs.All.Where(job => IsClaimable(job, state)).ToList();
            var idleFor = ready.Find(job =>
                JobSlots.Of(job, state) <= RoomFor(job) && CouldRun(worker, job, state, elapsed)
            );
            if (idleFor is null)
                continue;
            kept++;
            // A worker may keep slots free only for a job that needs more slots than are free. The priority of that job
            // must be at least as high as that of the job left waiting.
            if (
                !ready.Exists(job =>
                    job.Spec.Priority >= idleFor.Spec.Priority
                    && JobSlots.Of(job, state) > RoomFor(job)
                    && JobSlots.IsOfferedBy(worker, job, state)
                )
            )
                throw new SimulationFaultException(
                    $"worker {worker.Identity.Worker} waits with {free} free slots although job {idleFor.Id} is ready"
                );

            // A job that needs several slots cannot use the free places in a stream.
            int RoomFor(Job job) => JobSlots.Of(job, state) == 1 ? free : free - worker.SharedSlots;
        }
        if (kept == 0)
            return;
        var lanes = state
            .Jobs.All.Where(job => IsClaimable(job, state) && JobSlots.Of(job, state) > 1)
            .Select(job => (job.Spec.Queue, job.Spec.Method, job.Spec.Version))
            .Distinct()
            .Count();
        if (kept > lanes)
            throw new SimulationFaultException($"{kept} workers keep slots free for the jobs of {lanes} lanes");
    }

    /// <summary>
    /// Returns true if the job is ready, its queue is not paused, and the queue has room for results. The retention
    /// oracle checks that claims respect both conditions of the queue.
    /// </summary>
    public static bool IsClaimable(Job job, BrokerState state) =>
        job.Status.State == JobState.Ready && state.Queues.TryGet(job.Spec.Queue, out var queue) && queue.IsOpen;

    private static bool CouldRun(Worker worker, Job job, BrokerState state, Elapsed elapsed)
    {
        if (job.Status.Isolated && worker.HeldJobs.Count > 0)
            return false;
        if (job.Backoffs?.Any(b => b.Incarnation == worker.Identity.Incarnation && b.Until > elapsed) == true)
            return false;
        return JobSlots.IsOfferedBy(worker, job, state);
    }

    private static bool Accepts(Worker worker) => JobSlots.Accepts(worker);

    private static bool Isolates(Worker worker) => worker.HeldJobs.Any(job => job.Status.Isolated);

    /// <summary>
    /// Checks that a reply lists its leases by priority, and the leases in each lane in the order of service. A job
    /// that needs more slots than are free may come after a job of lower priority that can start immediately.
    /// </summary>
    private static void CheckOrder(IReadOnlyList<JobRow> leases, BrokerState state)
    {
        for (var i = 1; i < leases.Count; i++)
        {
            var (before, after) = (leases[i - 1].Spec, leases[i].Spec);
            if (after.Priority > before.Priority && JobSlots.Of(leases[i], state) <= JobSlots.Of(leases[i - 1], state))
                throw new SimulationFaultException(
                    $"a reply lists job {leases[i].Id} of priority {after.Priority} after job {leases[i - 1].Id} of "
                        + $"priority {before.Priority}"
                );
            for (var j = 0; j < i; j++)
                if (IsSameLane(leases[j].Spec, after) && Precedes(leases[i], leases[j]))
                    throw new SimulationFaultException(
                        $"a reply lists job {leases[i].Id} after job {leases[j].Id} of the same lane, which it precedes"
                    );
        }
    }

    private void CheckClaim(JobRow claim, Broker broker)
    {
        if (broker.State.Workers.Current(claim.Status.Holder) is not { } holder || !Accepts(holder))
            throw new SimulationFaultException($"job {claim.Id} was assigned to a worker that accepts no jobs");
        foreach (var job in broker.State.Jobs.All)
            if (
                job.Status is { State: JobState.Ready, Isolated: false }
                && job.Backoffs is null
                && IsSameLane(job.Spec, claim.Spec)
                && Precedes(job.ToRow(), claim)
                // The suspects in a group are claimed together, so a worker may hold several of them.
                && !(claim.Status.Isolated && holder.Suspects.Count > 1)
            )
                throw new SimulationFaultException(
                    $"job {claim.Id} was assigned before job {job.Id} of the same lane, which precedes it"
                );
        if (
            claim.Status.Isolated
            && holder.HeldJobs.Any(job => !job.Status.Isolated)
            && claim.Status.Claimed < claim.Status.ReadySince + broker.State.Options.SuspectPatience
        )
            throw new SimulationFaultException(
                $"suspect {claim.Id} was assigned to worker {holder.Identity.Worker}, which holds "
                    + "jobs that are no suspects, before its patience ended"
            );
    }

    /// <summary>Checks that a timeout reported by a worker uses up a retry if one is left (R12).</summary>
    private static void CheckRetry(LeaseToken lease, Batch batch)
    {
        foreach (var change in batch.Changes)
            if (
                change is RowChange.JobEnded { Row: { Reason: FailReason.Timeout } done }
                && done.Job.Id == lease.Job
                && done.Job.Status.Failures < done.Job.Spec.Retries
            )
                throw new SimulationFaultException(
                    $"the timeout of {lease} ended the job although it has {done.Job.Spec.Retries} retries"
                );
    }

    /// <summary>
    /// Returns true if the attempt has not been seen before. After a restart, a lease that had expired is resumed under
    /// its old attempt number.
    /// </summary>
    private bool IsNewClaim(JobRow row)
    {
        if (_claimed.GetValueOrDefault(row.Id) >= row.Status.Attempt)
            return false;
        _claimed[row.Id] = row.Status.Attempt;
        return true;
    }

    private static JobRow? RowOf(RowChange change) =>
        change switch
        {
            RowChange.JobAdded added => added.Row,
            RowChange.JobChanged changed => changed.Row,
            _ => null,
        };

    private static bool IsSameLane(JobSpec a, JobSpec b) =>
        (a.Queue, a.Method, a.Version) == (b.Queue, b.Method, b.Version);

    private static bool Precedes(JobRow a, JobRow b) =>
        a.Spec.Priority != b.Spec.Priority ? a.Spec.Priority > b.Spec.Priority
        : a.Spec.ScheduledAt != b.Spec.ScheduledAt ? a.Spec.ScheduledAt < b.Spec.ScheduledAt
        : a.Id < b.Id;
}
