using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// Verifies that a job of several slots does not starve while the workers that could run it keep receiving jobs that
/// are served after it (R19). One of them must stop, so that its slots become free. The oracle judges by the claims
/// alone and knows nothing of the reservations by which the broker achieves this.
/// </summary>
internal sealed class StarvationOracle
{
    /// <summary>
    /// Number of claims that may pass a waiting job before one of the workers must have been spared. Lanes of equal
    /// priority take turns, so a few claims of other lanes are in order.
    /// </summary>
    private const int ClaimsPerRound = 4;

    /// <summary>
    /// Number of consecutive rounds without a spared worker that count as starvation. A single round can occur when the
    /// reservation moves to another worker.
    /// </summary>
    private const int MaxRounds = 2;

    /// <summary>The first waiting job of each lane, with the claims that passed it.</summary>
    private Dictionary<JobId, Wait> _waits = [];

    private sealed class Wait
    {
        public readonly HashSet<LeaseHolder> Passing = [];
        public int Claims;
        public int Rounds;
    }

    /// <summary>Called with the new claims of a batch.</summary>
    public void OnClaims(IReadOnlyList<JobRow> claims, BrokerState state)
    {
        var waits = new Dictionary<JobId, Wait>();
        foreach (var job in FirstOfLanes(state))
        {
            if (JobSlots.Of(job, state) == 1)
                continue;
            var able = state
                .Workers.All.Where(worker =>
                    JobSlots.Accepts(worker) && JobSlots.IsOfferedBy(worker, job, state)
                )
                .ToList();
            if (able.Count == 0 || able.Exists(worker => worker.HeldJobs.Any(held => held.Status.Isolated)))
                continue;
            // The job may have become ready in this batch, so the claims of the batch do not count yet.
            if (!_waits.TryGetValue(job.Id, out var wait))
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
            wait.Passing.Add(worker.Identity);
            if (++wait.Claims < ClaimsPerRound)
                continue;
            wait.Rounds = able.TrueForAll(other => wait.Passing.Contains(other.Identity)) ? wait.Rounds + 1 : 0;
            wait.Claims = 0;
            wait.Passing.Clear();
            if (wait.Rounds > MaxRounds)
                throw new SimulationFaultException(
                    $"job {job.Id} starves: {wait.Rounds * ClaimsPerRound} jobs that are served after it were assigned to "
                        + "the workers that could run it, and none of them was spared"
                );
        }
    }

    /// <summary>Returns the first ready job of each lane that any worker may be assigned.</summary>
    private static IEnumerable<Job> FirstOfLanes(BrokerState state) =>
        state
            .Jobs.All.Where(job => job.Status is { State: JobState.Ready, Isolated: false } && job.Backoffs is null)
            .GroupBy(job => (job.Spec.Queue, job.Spec.Method, job.Spec.Version))
            .Select(lane => lane.Order(Comparer<Job>.Create(Job.CompareServiceOrder)).First());
}
