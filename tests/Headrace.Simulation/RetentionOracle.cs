using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Retention;

namespace Headrace.Simulation;

/// <summary>
/// Verifies the retention of ended jobs (R14), based on the contents of the disk and the machine's clocks. No job is
/// deleted before its minimum retention unless a client has requested it. The stored counts equal a recount. No reply
/// names a job that was already deleted. No job is claimed while there would be no room for its result.
/// </summary>
internal sealed class RetentionOracle(World world)
{
    public static readonly TimeSpan Minimum = TimeSpan.FromSeconds(2);

    private readonly HashSet<JobId> _requested = [];

    /// <summary>For each ended job on disk, the time at which the batch that ended it was built.</summary>
    private readonly Dictionary<JobId, Elapsed> _ended = [];

    /// <summary>
    /// The time at which each batch was built. A batch can be lost in a crash before it reaches the disk.
    /// </summary>
    private readonly Dictionary<Batch, Elapsed> _built = [];

    public void OnDeletionRequested(JobId job) => _requested.Add(job);

    public bool IsDeletionRequested(JobId job) => _requested.Contains(job);

    /// <summary>Called when the shard starts to commit a batch.</summary>
    public void OnBatchBuilt(Batch batch)
    {
        // When a commit is retried, it contains the same batch.
        if (!_built.TryAdd(batch, world.Clock))
            return;
        foreach (var change in batch.Changes)
        {
            switch (change)
            {
                case RowChange.JobDeleted { Job: var job }
                    when !_requested.Contains(job.Id) && !world.SweepOracle.MayDelete(job, batch):
                    CheckAge(job);
                    break;
                case RowChange.JobAdded added when IsDraining(added.Row.Spec.Queue, batch):
                    if (added.Row.Status.Attempt == 0)
                        throw new SimulationFaultException($"job {added.Row.Id} was accepted by a queue that drains");
                    break;
            }
        }
    }

    /// <summary>Called for each new claim in a batch.</summary>
    public void OnClaimed(JobRow claim, Batch batch, BrokerState state)
    {
        var queue = claim.Spec.Queue;
        var settings = SettingsOf(queue, state);
        if (settings.Paused)
            throw new SimulationFaultException($"job {claim.Id} was claimed although the queue {queue} is paused");
        // The batch itself may have made room by deleting or retrying an ended job.
        if (
            batch.Changes.Any(change => change is RowChange.JobDeleted or RowChange.JobReadmitted)
            || !state.Histories.TryGet(queue, out var known)
        )
            return;
        foreach (var historyClass in QueueHistory.Classes)
        {
            // After a start, or after a client deleted the oldest job, the broker does not know the age of the oldest
            // remaining job. Before it closes the queue, it therefore reads the jobs that may have expired.
            if (known[historyClass].OldestNotBefore is not { } oldest || oldest + Minimum <= batch.Shard!.Now)
                continue;
            var kept = world
                .Store.Done.Values.Where(done =>
                    done.Job.Spec.Queue == queue && HistoryClasses.Of(done.Job.Status.State) == historyClass
                )
                .ToList();
            var bytes = kept.Sum(done => done.Job.Spec.InputBytes + done.ResultBytes + History.RowBytes);
            if (
                bytes > settings.RetentionOf(historyClass).MaxBytes
                && kept.TrueForAll(done => MaxAge(done.Job.Id) < Minimum)
            )
                throw new SimulationFaultException(
                    $"job {claim.Id} was claimed although the queue {queue} has no room for results"
                );
        }
    }

    /// <summary>Called after a batch has reached the disk.</summary>
    public void OnStored(Batch batch)
    {
        foreach (var ended in batch.Changes.OfType<RowChange.JobEnded>())
            _ended[ended.Row.Job.Id] = _built[batch];
        foreach (var (_, answer) in batch.Responses)
            if (answer is Response.Submitted submitted)
                foreach (var result in submitted.Results)
                    if (world.Store.WasDeletedBefore(result.Id, batch))
                        throw new SimulationFaultException(
                            $"a submission was answered with job {result.Id}, which had been deleted before"
                        );
        if (batch.Changes.Any(change => change is RowChange.JobEnded or RowChange.JobDeleted))
            Recount();
    }

    public void Verify() => Recount();

    /// <summary>
    /// The broker's time advances by at most the time that passes plus the steps of the wall clock that the broker
    /// trusts.
    /// </summary>
    private TimeSpan MaxAge(JobId job) =>
        world.Clock - _ended[job] + world.Wall.TrustedStepsSince(_ended[job], world.Clock);

    private void CheckAge(EndedJob job)
    {
        var age = MaxAge(job.Id);
        if (age < Minimum)
            throw new SimulationFaultException(
                $"job {job.Id} was deleted {age.TotalMilliseconds:0} ms after its end, before the minimum"
            );
    }

    private void Recount()
    {
        var counts = world
            .Store.Done.Values.GroupBy(done => (done.Job.Spec.Queue, done.Job.Spec.Method, done.Job.Status.State))
            .ToDictionary(
                group => group.Key,
                group =>
                    (
                        Jobs: group.LongCount(),
                        Input: group.Sum(done => done.Job.Spec.InputBytes),
                        Result: group.Sum(done => done.ResultBytes)
                    )
            );
        foreach (var (key, row) in world.Store.Counters)
            if (key.State.IsEnded() && counts.GetValueOrDefault(key) != (row.Jobs, row.InputBytes, row.ResultBytes))
                throw new SimulationFaultException(
                    $"the counter of {key} is {(row.Jobs, row.InputBytes, row.ResultBytes)}, but a recount gives "
                        + $"{counts.GetValueOrDefault(key)}"
                );
        if (
            counts.Keys.FirstOrDefault(key => !world.Store.Counters.ContainsKey(key)) is
            { Queue.Text: not null } missing
        )
            throw new SimulationFaultException($"there is no counter of {missing}");
    }

    /// <summary>Returns true if the queue was already being drained and the batch does not change that.</summary>
    private bool IsDraining(QueueName queue, Batch batch) =>
        world.Store.Document(QueueSettings.Kind, queue.Text) is { } document
        && QueueSettings.TryParse(document.Json.Span) is { Draining: true }
        && !batch.Changes.Any(change =>
            change
                is RowChange.DocumentPut { Row.Kind: QueueSettings.Kind }
                    or RowChange.DocumentRemoved { Kind: QueueSettings.Kind }
        );

    private static QueueSettings SettingsOf(QueueName queue, BrokerState state) =>
        state.Registry.TryGet(QueueSettings.Kind, queue.Text, out var document)
            ? QueueSettings.TryParse(document.Json.Span)!
            : QueueSettings.Default;
}
