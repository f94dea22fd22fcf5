using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// Verifies that a job that needs several slots does not starve while the workers that could run it keep receiving jobs
/// that are served after it (R19). One of these workers must stop receiving such jobs, so that its slots become free.
/// The oracle considers only the claims, not the reservations that the broker uses to achieve this.
/// </summary>
internal sealed class StarvationOracle
{
    /// <summary>
    /// Number of claims that may overtake a waiting job in one round. After that many, there must be a worker that has
    /// received none of them.
    /// </summary>
    private const int ClaimsPerRound = 4;

    /// <summary>
    /// Number of consecutive rounds in which every worker may receive such a claim. More rounds than this count as
    /// starvation. Such a round can occur when the reservation moves to another worker.
    /// </summary>
    private const int MaxRounds = 1;

    /// <summary>The first waiting job of each lane, with the claims that overtook it.</summary>
    private Dictionary<JobId, Wait> _waits = [];

    private sealed class Wait
    {
        public readonly HashSet<LeaseHolder> Passing = [];

        /// <summary>The lanes of equal priority that have already had their turn.</summary>
        public readonly HashSet<(QueueName, MethodName, int)> Served = [];
        public readonly List<JobId> Claims = [];
        public int Rounds;
    }

    /// <summary>Called with the new claims in a batch, in order.</summary>
    public void OnClaims(IReadOnlyList<JobRow> claims, BrokerState state)
    {
        var waits = new Dictionary<JobId, Wait>();
        foreach (var job in FirstOfLanes(state))
        {
            if (JobSlots.Of(job, state) == 1)
                continue;
            var able = state
                .Workers.All.Where(worker => JobSlots.Accepts(worker) && JobSlots.IsOfferedBy(worker, job, state))
                .ToList();
            // A worker that holds a suspect receives no jobs until it is empty, so no claim by this worker overtakes
            // the job.
            if (able.Count == 0 || able.Exists(worker => worker.HeldJobs.Any(held => held.Status.Isolated)))
                continue;
            // The job may not have been ready before this batch, so the claims in its first batch do not count.
            if (
                !_waits.TryGetValue(job.Id, out var wait) || claims.Any(claim => LaneOf(claim.Spec) == LaneOf(job.Spec))
            )
                wait = new Wait();
            else
                OnClaims(job, wait, claims, able);
            waits.Add(job.Id, wait);
        }
        _waits = waits;
    }

    private static void OnClaims(Job job, Wait wait, IReadOnlyList<JobRow> claims, List<Worker> able)
    {
        foreach (var claim in claims)
        {
            if (
                claim.Spec.Priority > job.Spec.Priority
                || able.Find(worker => worker.Identity == claim.Status.Holder) is not { } worker
            )
                continue;
            // Lanes of equal priority take turns, so the first claim of each of them does not count as overtaking.
            if (claim.Spec.Priority == job.Spec.Priority && wait.Served.Add(LaneOf(claim.Spec)))
                continue;
            wait.Passing.Add(worker.Identity);
            wait.Claims.Add(claim.Id);
            if (wait.Claims.Count % ClaimsPerRound > 0)
                continue;
            wait.Rounds = able.TrueForAll(other => wait.Passing.Contains(other.Identity)) ? wait.Rounds + 1 : 0;
            wait.Passing.Clear();
            if (wait.Rounds > MaxRounds)
                throw new SimulationFaultException(
                    $"job {job.Id} starves: the jobs {string.Join(", ", wait.Claims)}, which are served after it, were "
                        + "assigned to the workers that could run it, and no worker was spared"
                );
        }
    }

    /// <summary>Returns, for each lane, the first job that is ready and may be assigned to any worker.</summary>
    private static IEnumerable<Job> FirstOfLanes(BrokerState state) =>
        state
            .Jobs.All.Where(job =>
                DispatchOracle.IsClaimable(job, state) && !job.Status.Isolated && job.Backoffs is null
            )
            .GroupBy(job => LaneOf(job.Spec))
            .Select(lane => lane.Order(Comparer<Job>.Create(Job.CompareServiceOrder)).First());

    private static (QueueName, MethodName, int) LaneOf(JobSpec spec) => (spec.Queue, spec.Method, spec.Version);
}
