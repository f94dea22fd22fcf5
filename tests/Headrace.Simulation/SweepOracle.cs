using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;

namespace Headrace.Simulation;

/// <summary>
/// Verifies the effects of sweeps and retries, based on the batches that reach the disk (R3). A sweep changes only jobs
/// within its bounds, and each job at most once. It changes nothing after it has been stopped. Its count equals the
/// number of changes. Its audit entry is in the commit that creates it, and there is only one.
/// </summary>
internal sealed class SweepOracle(World world)
{
    private readonly HashSet<(int Priority, JobId Job)> _prioritized = [];
    private readonly Dictionary<int, long> _counted = [];
    private readonly Dictionary<string, long> _byKey = [];

    /// <summary>
    /// Called when a client learns the sweep to which its idempotency key belongs. No key may belong to two sweeps
    /// (R17), unless the first was removed to make room for another one.
    /// </summary>
    public void OnKeyResolved(string key, long sweep)
    {
        if (_byKey.TryGetValue(key, out var before) && before != sweep && world.Store.Sweep(before) is not null)
            throw new SimulationFaultException($"the key {key} returned sweep {before} and later sweep {sweep}");
        _byKey[key] = sweep;
    }

    /// <summary>Called before a batch changes the disk.</summary>
    public void OnWriting(Batch batch)
    {
        var latest = new Dictionary<long, SweepRow>();
        foreach (var sweep in batch.Changes.OfType<RowChange.SweepPut>().Select(put => put.Row))
        {
            if ((latest.GetValueOrDefault(sweep.Id) ?? world.Store.Sweep(sweep.Id)) is { } before)
                Check(before, sweep);
            latest[sweep.Id] = sweep;
        }
        foreach (var change in batch.Changes.OfType<RowChange.JobRequeued>())
            OnRequeued(change);
        CheckRetries(batch);
        CheckDeletions(batch);
        CheckAuditEntries(batch);
    }

    /// <summary>
    /// Checks the counts of the sweeps that have ended, and checks that no two sweeps have the same key.
    /// </summary>
    public void Verify()
    {
        foreach (var same in world.Store.Sweeps.GroupBy(sweep => sweep.Key?.Text))
            if (same.Key is not null && same.Count() > 1)
                throw new SimulationFaultException(
                    $"the sweeps {string.Join(" and ", same.Select(sweep => sweep.Id))} have the key {same.Key}"
                );
        foreach (var sweep in world.Store.Sweeps)
        {
            if (sweep.State == SweepState.Running)
                throw new SimulationFaultException($"sweep {sweep.Id} never ended; it waits: {sweep.Waiting}");
            if (sweep.Action == SweepAction.Prioritize && sweep.Changed != _counted.GetValueOrDefault(sweep.Priority))
                throw new SimulationFaultException(
                    $"sweep {sweep.Id} counted {sweep.Changed} changes but made "
                        + $"{_counted.GetValueOrDefault(sweep.Priority)}"
                );
        }
    }

    /// <summary>
    /// Checks a change made by a sweep. One batch may contain a step followed by the request to stop.
    /// </summary>
    private static void Check(SweepRow before, SweepRow sweep)
    {
        if (before.State != SweepState.Running)
            throw new SimulationFaultException($"sweep {sweep.Id} changed after it had ended");
        if (sweep.Cursor > before.Cursor)
            throw new SimulationFaultException(
                $"the cursor of sweep {sweep.Id} moved back from {before.Cursor} to {sweep.Cursor}"
            );
        if (sweep.State == SweepState.Stopped && sweep.Changed != before.Changed)
            throw new SimulationFaultException($"the request to stop sweep {sweep.Id} changed its count");
    }

    private void OnRequeued(RowChange.JobRequeued change)
    {
        if (
            world.Store.Sweeps.FirstOrDefault(sweep =>
                sweep.Action == SweepAction.Prioritize && sweep.Priority == change.Priority
            )
                is not { } sweep
            || world.Store.LiveRow(change.Job)?.Spec.Priority == change.Priority
        )
            return;
        if (!_prioritized.Add((change.Priority, change.Job)))
            throw new SimulationFaultException($"sweep {sweep.Id} changed job {change.Job} twice");
        if (change.Job.Value >= sweep.JobBound || change.Job.Value >= sweep.Cursor)
            throw new SimulationFaultException(
                $"sweep {sweep.Id} changed job {change.Job}, which is beyond its bound or its cursor"
            );
        _counted[change.Priority] = _counted.GetValueOrDefault(change.Priority) + 1;
    }

    /// <summary>Returns whether a step of a sweep in this batch may delete the job.</summary>
    public bool MayDelete(EndedJob job, Batch batch) =>
        StepsOf(batch, SweepAction.Delete)
            .Any(sweep =>
                job.Id.Value < world.Store.Sweep(sweep.Id)!.Cursor
                && job.Id.Value >= sweep.Cursor
                && job.CompletionNumber < sweep.CompletionBound
            );

    /// <summary>
    /// Checks the jobs that a batch deletes. A job that neither expired nor was named by a request must have been
    /// deleted by a sweep, and the counts of the sweeps must agree.
    /// </summary>
    private void CheckDeletions(Batch batch)
    {
        var deleted = batch.Changes.Count(change => change is RowChange.JobDeleted);
        var others = batch.Responses.Sum(response =>
            response.Answer switch
            {
                Response.Deleted => 1,
                Response.ExpiredDeleted expired => expired.Jobs,
                _ => 0,
            }
        );
        var counted = StepsOf(batch, SweepAction.Delete)
            .Sum(sweep => sweep.Changed - world.Store.Sweep(sweep.Id)!.Changed);
        if (deleted != others + counted)
            throw new SimulationFaultException(
                $"the sweeps of a batch counted {counted} deletions and its responses {others}, but it deletes "
                    + $"{deleted} jobs"
            );
    }

    /// <summary>Checks that a batch contains one audit entry for each sweep that it creates, and no other.</summary>
    private void CheckAuditEntries(Batch batch)
    {
        var created = batch
            .Changes.OfType<RowChange.SweepPut>()
            .Select(put => put.Row)
            .Where(sweep => world.Store.Sweep(sweep.Id) is null)
            .DistinctBy(sweep => sweep.Id)
            .Select(sweep => sweep.Key!.Text);
        var audited = batch
            .Changes.OfType<RowChange.RecordPut>()
            .Where(put => put.Row.Kind == SimSweepClient.AuditKind)
            .Select(put => Encoding.UTF8.GetString(put.Row.Json.Span));
        if (!created.Order(StringComparer.Ordinal).SequenceEqual(audited.Order(StringComparer.Ordinal)))
            throw new SimulationFaultException(
                $"a batch creates the sweeps [{string.Join(", ", created)}] and the audit entries of "
                    + $"[{string.Join(", ", audited)}]"
            );
    }

    /// <summary>For each sweep with this action that the batch advances, returns its last row in the batch.</summary>
    private IEnumerable<SweepRow> StepsOf(Batch batch, SweepAction action) =>
        batch
            .Changes.OfType<RowChange.SweepPut>()
            .Select(put => put.Row)
            .Where(sweep => sweep.Action == action && world.Store.Sweep(sweep.Id) is not null)
            .GroupBy(sweep => sweep.Id)
            .Select(same => same.Last());

    /// <summary>
    /// Checks the jobs that a batch retries. Jobs that no request retried must have been retried by sweeps. They must
    /// have ended before these sweeps began, and the counts of the sweeps must agree.
    /// </summary>
    private void CheckRetries(Batch batch)
    {
        var requested = batch
            .Responses.Select(response => response.Answer)
            .OfType<Response.Retried>()
            .Select(retried => retried.Job.Id)
            .ToHashSet();
        var bySweeps = batch
            .Changes.OfType<RowChange.JobReadmitted>()
            .Where(change => !requested.Contains(change.Job))
            .ToList();
        var steps = StepsOf(batch, SweepAction.Retry).ToList();
        var counted = steps.Sum(sweep => sweep.Changed - world.Store.Sweep(sweep.Id)!.Changed);
        if (counted != bySweeps.Count)
            throw new SimulationFaultException(
                $"the sweeps of a batch counted {counted} retries, but the batch retries {bySweeps.Count} jobs that no "
                    + "request retried"
            );
        foreach (var change in bySweeps)
            if (!steps.Exists(sweep => change.CompletionNumber < sweep.CompletionBound))
                throw new SimulationFaultException(
                    $"job {change.Job} was retried by a sweep that began before the job ended"
                );
    }
}
