using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// Verifies which crashes count against a job (R10). A crash counts only if it was observed or reported, if the job was
/// isolated, and if its process ran no other job. A lease counts from its grant, even if its worker crashed before it
/// received the lease, because the server cannot tell whether the worker received it.
/// </summary>
internal sealed class CrashOracle(SimStore store)
{
    /// <summary>The unfinished leases of each worker process whose crash was observed.</summary>
    private readonly Dictionary<LeaseHolder, IReadOnlyList<LeaseToken>> _observed = [];

    /// <summary>
    /// The leases whose process crashed while the worker survived, and whether each of them was the only lease in its
    /// process.
    /// </summary>
    private readonly Dictionary<LeaseToken, bool> _reported = [];

    /// <summary>
    /// The leases of quarantined methods whose process crashed while they ran alone in it as suspects.
    /// </summary>
    private readonly HashSet<LeaseToken> _proven = [];

    /// <summary>For each job, the number of proven crashes that the server recorded.</summary>
    private readonly Dictionary<JobId, int> _recorded = [];

    /// <summary>Called when a worker process crashes and its supervisor observes it.</summary>
    public void OnWorkerCrashed(LeaseHolder worker, IReadOnlyList<LeaseToken> unfinished) =>
        _observed[worker] = unfinished;

    /// <summary>
    /// Called when the process that ran a lease crashes and its worker reports it. Unless the job was alone in the
    /// process, another job may have caused the crash.
    /// </summary>
    public void OnProcessCrashed(LeaseToken lease, MethodName method, bool alone, bool suspect)
    {
        _reported[lease] = alone;
        if (alone && suspect && Population.IsQuarantined(method))
            _proven.Add(lease);
    }

    /// <summary>
    /// Called when a batch on disk makes an ended job ready again. The job's crash count restarts at zero.
    /// </summary>
    public void OnRetried(JobId job)
    {
        _recorded.Remove(job);
        _proven.RemoveWhere(lease => lease.Job == job);
    }

    /// <summary>Called when the server acknowledges that it has recorded the outcome of a lease.</summary>
    public void OnOutcomeRecorded(LeaseToken lease)
    {
        if (_proven.Contains(lease))
            _recorded[lease.Job] = _recorded.GetValueOrDefault(lease.Job) + 1;
    }

    /// <summary>
    /// Checks each crash that a batch counts against a job. The disk is still in the state before the batch.
    /// </summary>
    public void OnBatchBuilt(Batch batch)
    {
        foreach (var change in batch.Changes)
        {
            var after = change switch
            {
                RowChange.JobChanged changed => changed.Row,
                RowChange.JobEnded ended => ended.Row.Job,
                _ => null,
            };
            if (after is null || store.LiveRow(after.Id) is not { } before)
                continue;
            if (after.Status.Isolated && !before.Status.Isolated && !AttemptsOf(after.Id, batch).Any(WasLost))
                throw new SimulationFaultException(
                    $"job {after.Id} became a suspect although none of its leases was lost"
                );
            var counted = after.Status.WorkerCrashes - before.Status.WorkerCrashes;
            if (counted > 0 && counted > AttemptsOf(after.Id, batch).Count(attempt => MayCount(attempt, before)))
                throw new SimulationFaultException(
                    $"{counted} worker crashes were counted against job {after.Id}, which did not run alone in a "
                        + "process that crashed"
                );
        }
    }

    /// <summary>Checks how a job ended. A job may fail as poison only after it has caused enough crashes.</summary>
    public void Verify(DoneRow done, int maxWorkerCrashes)
    {
        var (id, status) = (done.Job.Id, done.Job.Status);
        if (done.Reason == FailReason.Poison && status.WorkerCrashes < maxWorkerCrashes)
            throw new SimulationFaultException(
                $"job {id} failed as poison after only {status.WorkerCrashes} worker crashes"
            );
        // If a suspect crashes its process while no other job runs in it, the suspect is the cause.
        if (
            _recorded.GetValueOrDefault(id) >= maxWorkerCrashes
            && status.State != JobState.Cancelled
            && done.Reason is not (FailReason.Poison or FailReason.Deadline or FailReason.Timeout)
            // The store rejected the last outcome, which was then recorded without its content (R5).
            && done.Error?.Type != MessageSplitter.Unstorable
        )
            throw new SimulationFaultException(
                $"job {id} crashed its process {_recorded[id]} times while it was a suspect and alone in it, but is "
                    + $"{status.State.ToWireName()} ({done.Reason.ToWireName()}) instead of poison"
            );
    }

    private static bool WasLost(AttemptRow attempt) => attempt.Kind is OutcomeKind.Lost or OutcomeKind.Crashed;

    private bool MayCount(AttemptRow attempt, JobRow before)
    {
        if (!before.Status.Isolated)
            return false;
        if (attempt.Kind == OutcomeKind.Crashed)
            return _reported.GetValueOrDefault(attempt.Lease);
        return _observed.TryGetValue(attempt.Holder, out var unfinished)
            && !unfinished.Any(other => other.Job != attempt.Lease.Job && IsHeld(other, attempt.Holder));
    }

    private bool IsHeld(LeaseToken lease, LeaseHolder holder) =>
        store.LiveRow(lease.Job) is { Status: { State: JobState.Running } status }
        && status.Attempt == lease.Attempt
        && status.Holder == holder;

    private static IEnumerable<AttemptRow> AttemptsOf(JobId job, Batch batch) =>
        batch.Changes.OfType<RowChange.AttemptAdded>().Select(added => added.Row).Where(row => row.Lease.Job == job);
}
