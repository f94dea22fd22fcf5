using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Assigns ready jobs to workers that have an open exchange and free capacity, at the end of each batch (R4, R7). Free
/// slots are filled first, in rounds of one job per worker. Prefetch is filled afterwards, so that no job waits behind
/// a long one while another worker is idle. Prefetch is refilled only when half of it is free: every reply with leases
/// causes another exchange that lists all leases held (R6), and refilling in bulk spreads that cost over several jobs.
/// </summary>
internal sealed class ClaimHandler(BrokerState state, Lifecycle lifecycle)
{
    private readonly ReservationHandler _reservations = new(state);
    private long _claims;
    private int _left;
    private bool _postponed;

    /// <summary>
    /// True if the last batch reached its limit on claims or reservations, so the next batch must continue at once
    /// (R3).
    /// </summary>
    public bool HasMore { get; private set; }

    public void AssignJobs(ApplyContext context)
    {
        HasMore = _postponed = false;
        _reservations.BeginBatch(context);
        if (state.Workers.WithOpenExchange.Count == 0 || state.StorageLowReason is not null)
            return;
        _left = Limits.JobsPerCommand;
        FillWorkers(static worker => worker.FreeSlots > 0, static worker => worker.FreeSlots, context);
        FillWorkers(
            static worker =>
                worker.Credit > 0 && (worker.OpenExchange!.Granted.Count > 0 || 2 * worker.Credit >= worker.Prefetch),
            static worker => worker.Credit,
            context
        );
        HasMore = _left == 0 || _postponed;
    }

    private void FillWorkers(Func<Worker, bool> begins, Func<Worker, int> roomOf, ApplyContext context)
    {
        var takers = state.Workers.WithOpenExchange.Where(begins).ToList();
        // A suspect that has waited too long for a worker without jobs is assigned to the worker with the fewest jobs
        // (R10).
        if (state.Ready.Suspects > 0)
            takers = [.. takers.OrderBy(static worker => worker.HeldJobs.Count)];
        Predicate<Worker> isServed = worker => !TryClaim(worker, roomOf(worker), context) || roomOf(worker) <= 0;
        while (takers.Count > 0 && _left > 0)
            takers.RemoveAll(isServed);
    }

    /// <summary>
    /// Claims the next job for a worker. A suspect is claimed together with its group (R10), regardless of the worker's
    /// reported capacity, because the jobs in a group previously ran together in one process.
    /// </summary>
    /// <param name="worker">A worker with an open exchange.</param>
    /// <param name="room">Number of slots that the job may occupy.</param>
    /// <param name="context">The times and the batch.</param>
    private bool TryClaim(Worker worker, int room, ApplyContext context)
    {
        var open = worker.OpenExchange!;
        if (_left == 0 || open.GrantedBytes > Limits.BytesPerReply)
            return false;
        if (FindBest(worker, room, context) is not { Lane: { } lane, Job: { } job, Version: { } version })
            return false;
        lane.LastClaim = ++_claims;
        if (job.Status.Isolated)
            ClaimGroup(job, version, worker, context);
        else
            Claim(job, version, worker, context);
        _reservations.OnClaimed(lane);
        return true;
    }

    private void ClaimGroup(Job suspect, Method.Version version, Worker worker, ApplyContext context)
    {
        // The group is read before the claim, because the claim removes the suspect from it.
        var others = state.Ready.Groups.OthersWith(suspect);
        Claim(suspect, version, worker, context);
        foreach (var other in others)
            if (
                _left > 0
                && worker.HeldJobs.Count < Limits.LeasesPerWorker
                && !other.IsBackedOff(worker.Identity.Incarnation, context.Elapsed)
            )
                Claim(other, version, worker, context);
    }

    private void Claim(Job job, Method.Version version, Worker worker, ApplyContext context)
    {
        var open = worker.OpenExchange!;
        _left--;
        open.Grant(job);
        lifecycle.Claim(job, worker, version, open.Number, context);
    }

    /// <summary>
    /// Selects the lane to serve: the one whose first job has the highest priority or, if several qualify, the one that
    /// was served least recently (R19).
    /// </summary>
    private Candidate FindBest(Worker worker, int room, ApplyContext context)
    {
        Candidate best = default;
        // The best of the jobs for which the worker has too few free slots.
        Candidate blocked = default;
        for (var i = 0; i < worker.Offers.Count; i++)
        {
            var offer = worker.Offers[i];
            var (method, version) = offer;
            if (version.Slots > 1)
            {
                ConsiderWide(worker, room, offer, ref best, ref blocked, context);
                continue;
            }
            foreach (var lane in method.ReadyLanes)
            {
                if (method.VersionFor(lane) != version.Number || FirstFor(worker, lane, context) is not { } job)
                    continue;
                if (best.Lane is null || GoesBefore(lane, job, best))
                    best = new Candidate(lane, job, version);
            }
        }
        return blocked.Lane is null && worker.Reservation is null
            ? best
            : Reserve(worker, room, best, blocked, context);
    }

    /// <summary>Considers the lanes of a method whose jobs occupy several slots each.</summary>
    private void ConsiderWide(
        Worker worker,
        int room,
        in OfferedMethod offer,
        ref Candidate best,
        ref Candidate blocked,
        ApplyContext context
    )
    {
        var (method, version) = offer;
        if (!worker.HasSlotsFor(version))
            return;
        foreach (var lane in method.ReadyLanes)
        {
            if (method.VersionFor(lane) != version.Number || FirstFor(worker, lane, context) is not { } job)
                continue;
            if (version.Slots <= RoomFor(job, lane, worker, room))
            {
                if (best.Lane is null || GoesBefore(lane, job, best))
                    best = new Candidate(lane, job, version);
            }
            else if (lane.Reservation is null && (blocked.Lane is null || GoesBefore(lane, job, blocked)))
                blocked = new Candidate(lane, job, version);
        }
    }

    /// <summary>
    /// A job is not prefetched if another worker is reserved for it, or if a worker released it earlier, because that
    /// worker's long-running jobs may have kept it waiting. In both cases, the job needs slots that are free now. A job
    /// never occupies a slot that is shared by a stream.
    /// </summary>
    private static int RoomFor(Job job, Lane lane, Worker worker, int room) =>
        (
            job.Backoffs is not null || (lane.Reservation is { } reservation && reservation.Worker != worker)
                ? worker.FreeSlots
                : room
        ) - worker.SharedSlots;

    /// <summary>
    /// Returns the next job for a worker that is reserved, or that has too few free slots for the first job in the
    /// serving order. Reserves the worker that is expected to have room for that first job soonest; the other workers
    /// receive the jobs after it (R19).
    /// </summary>
    private Candidate Reserve(Worker worker, int room, in Candidate best, in Candidate blocked, ApplyContext context)
    {
        var allowed = worker.Reservation is { } reserved ? Allowed(worker, reserved, room, best, context) : best;
        if (blocked.Job is not { } job || (best.Lane is not null && !GoesBefore(blocked.Lane!, job, best)))
            return allowed;
        if (_reservations.IsExhausted)
        {
            _postponed = true;
            return default;
        }
        return _reservations.TryReserve(blocked.Lane!, blocked.Version!, job, context) == worker ? default : allowed;
    }

    /// <summary>
    /// Returns the job for a reserved worker: the job for which it is reserved, or a job that comes earlier in the
    /// serving order. Every other lane gets only one turn, so the reservation is delayed by at most one job from each
    /// lane.
    /// </summary>
    private Candidate Allowed(Worker worker, Reservation reservation, int room, in Candidate best, ApplyContext context)
    {
        var (lane, version) = (reservation.Lane, reservation.Version);
        if (
            _reservations.FirstFor(reservation, context) is not { } job
            || (best.Lane is { } other && LaneOrder.GoesBefore(other, best.Job!, lane, job))
        )
            return best;
        return version.Slots <= RoomFor(job, lane, worker, room) && FirstFor(worker, lane, context) == job
            ? new Candidate(lane, job, version)
            : default;
    }

    private Job? FirstFor(Worker worker, Lane lane, ApplyContext context) =>
        lane.Restricted.Count == 0 ? lane.Unrestricted : FirstOfAll(worker, lane, context);

    /// <summary>A separate method, so that a lane without restricted jobs does not allocate the closure.</summary>
    private Job? FirstOfAll(Worker worker, Lane lane, ApplyContext context) =>
        lane.FirstFor(job => AssignmentRule.MayAssign(job, worker, state.Options.SuspectPatience, context));

    private static bool GoesBefore(Lane lane, Job job, in Candidate other) =>
        LaneOrder.GoesBefore(lane, job, other.Lane!, other.Job!);

    /// <summary>The first job in a lane, and the method version that it will run.</summary>
    private readonly record struct Candidate(Lane? Lane, Job? Job, Method.Version? Version);
}
