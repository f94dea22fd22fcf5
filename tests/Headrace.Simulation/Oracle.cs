using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;

namespace Headrace.Simulation;

/// <summary>
/// Verifies the guarantees independently of the broker. It uses only the responses sent by the server, the workers'
/// actions, and the contents of the disk.
/// </summary>
internal sealed class Oracle(World world)
{
    private readonly HashSet<JobId> _acknowledged = [];
    private readonly HashSet<JobId> _cancelled = [];
    private readonly Dictionary<LeaseToken, LeaseHolder> _granted = [];
    private readonly Dictionary<LeaseToken, LeaseHolder> _recorded = [];
    private readonly Dictionary<string, JobId> _byKey = [];
    private readonly Dictionary<LeaseToken, LeaseHolder> _started = [];
    private readonly HashSet<LeaseToken> _rerunAllowed = [];
    private readonly HashSet<(FeedName Feed, long Finish)> _delivered = [];

    public int Acknowledged => _acknowledged.Count;

    public static string ResultOf(LeaseToken lease, LeaseHolder leaseHolder) =>
        $"{lease} by {leaseHolder.Worker} {leaseHolder.Incarnation}";

    /// <summary>
    /// Checks a response that the server sends. Everything in the response must already be on disk (R1).
    /// </summary>
    public void OnResponse(IEndpoint to, Response response)
    {
        switch (response)
        {
            case Response.Submitted submitted:
                foreach (var result in submitted.Results)
                {
                    if (result.Rejection is not null)
                        continue;
                    if (!world.Store.Has(result.Id) && !world.Store.WasDeleted(result.Id))
                        throw new SimulationFaultException($"job {result.Id} was acknowledged but is not on disk");
                    if (!_acknowledged.Add(result.Id) && !result.Repeated)
                        throw new SimulationFaultException($"the id {result.Id} was assigned twice");
                }
                break;
            case Response.ChildrenSubmitted children:
                world.Children.OnResponse(children);
                break;
            case Response.Ended ended:
                if (world.Store.DoneRow(ended.Job.Job.Id) is null && !world.Store.WasDeleted(ended.Job.Job.Id))
                    throw new SimulationFaultException(
                        $"the completion of job {ended.Job.Job.Id} was reported but is not on disk"
                    );
                break;
            case Response.Pulled { Epoch: 0 } pulled:
                foreach (var end in pulled.Completions)
                    if (!_delivered.Any(given => given.Finish == end.CompletionNumber))
                        throw new SimulationFaultException(
                            $"completion {end.CompletionNumber} was sent to a client, but no batch on disk delivers it"
                        );
                break;
            case Response.CancelRequested requested:
                _cancelled.Add(requested.Job.Id);
                break;
            case Response.Exchanged exchanged:
                // The reply to a worker that has ended may list leases that were lost in the same batch. The reply to a
                // delayed duplicate may list leases that the worker received with the first reply and has already
                // finished. Neither reply is checked.
                foreach (
                    var row in to is SimWorker reader && reader.Awaits(exchanged.Number)
                        ? exchanged.Leases.Where(l => l.Status.Holder == reader.Identity)
                        : []
                )
                    if (
                        world.Store.LiveRow(row.Id) is not { } stored
                        || stored.Status.Attempt != row.Status.Attempt
                        || stored.Status.Holder != row.Status.Holder
                    )
                        throw new SimulationFaultException(
                            $"the lease {row.Id}#{row.Status.Attempt} was sent but is not on disk"
                        );
                foreach (var (lease, ackStatus) in exchanged.Acks)
                    if (ackStatus == AckStatus.Recorded && to is SimWorker worker)
                        OnOutcomeRecorded(lease, worker);
                break;
        }
    }

    /// <summary>
    /// Called when the shard starts to commit a batch. No deadline may take effect during the first 15 minutes after
    /// the wall clock has jumped far ahead (R20).
    /// </summary>
    public void OnBatchBuilt(Batch batch)
    {
        foreach (var change in batch.Changes)
        {
            var late = change switch
            {
                RowChange.JobEnded { Row: { Reason: FailReason.Deadline } row } => row.Job,
                RowChange.JobChanged { Row: { Status.StopRequest: StopReason.Deadline } row } => row,
                _ => null,
            };
            if (late is not null && !world.Wall.MayEnforce(late.Spec.Deadline, world.Clock))
                throw new SimulationFaultException(
                    $"the deadline of job {late.Id} acted although only a step of the wall clock has passed it"
                );
        }
    }

    /// <summary>
    /// Called after a batch that marks these completions as delivered to a feed has reached the disk. No completion may
    /// have been delivered to the feed before, and the end of its job must be on disk (R16).
    /// </summary>
    public void OnDelivered(FeedName feed, IReadOnlyList<DeliveredCompletion> completions, Batch batch)
    {
        foreach (var end in completions)
        {
            if (!_delivered.Add((feed, end.CompletionNumber)))
                throw new SimulationFaultException(
                    $"completion {end.CompletionNumber} was delivered twice to the feed {feed}"
                );
            // A later command in the same batch may have deleted the job.
            if (world.Store.WasDeleted(end.Job) && !world.Store.WasDeletedBefore(end.Job, batch))
                continue;
            if (world.Store.DoneRow(end.Job) is not { } done || done.CompletionNumber != end.CompletionNumber)
                throw new SimulationFaultException(
                    $"completion {end.CompletionNumber} of job {end.Job} was delivered to the feed {feed} "
                        + "but is not on disk"
                );
        }
    }

    /// <summary>
    /// Called when a client learns the job to which its idempotency key belongs. The key must always belong to the same
    /// job (R17).
    /// </summary>
    public void OnKeyResolved(string key, JobId job)
    {
        // When a job is deleted, its key can be used again.
        if (
            _byKey.TryGetValue(key, out var before)
            && before != job
            && !world.Store.WasDeleted(before)
            && !world.Store.WasDeleted(job)
        )
            throw new SimulationFaultException($"the key {key} returned job {before} and later job {job}");
        _byKey[key] = job;
    }

    /// <summary>Called when a worker reads the reply to its open exchange.</summary>
    public void OnLeasesGranted(LeaseHolder worker, Response.Exchanged reply)
    {
        foreach (var row in reply.Leases)
        {
            var lease = new LeaseToken(row.Id, row.Status.Attempt);
            if (_granted.TryGetValue(lease, out var other) && other != worker)
                throw new SimulationFaultException(
                    $"the lease {lease} was granted to both {other.Worker} and {worker.Worker}"
                );
            _granted[lease] = worker;
        }
    }

    /// <summary>
    /// Called when a worker starts an attempt. No other worker may start the same lease, and a job may be rerun only
    /// for a valid reason.
    /// </summary>
    public void OnAttemptStarted(LeaseHolder worker, LeaseToken lease)
    {
        for (var attempt = 1; attempt < lease.Attempt; attempt++)
        {
            var earlier = new LeaseToken(lease.Job, attempt);
            if (_started.TryGetValue(earlier, out var who) && !_rerunAllowed.Contains(earlier))
                throw new SimulationFaultException(
                    $"{worker.Worker} started {lease} without a valid reason: {who.Worker} had already "
                        + $"started {earlier}"
                );
        }
        if (!_started.TryAdd(lease, worker))
            throw new SimulationFaultException(
                $"{lease} was started by both {_started[lease].Worker} and {worker.Worker}"
            );
    }

    /// <summary>
    /// Permits a rerun of the job, because this attempt failed or was released, or its worker ended, switched to
    /// another store, or was silent for the duration of a lease.
    /// </summary>
    public void AllowRerun(LeaseToken lease) => _rerunAllowed.Add(lease);

    /// <summary>
    /// Called when a batch on disk makes an ended job ready again. It may run again, regardless of the outcomes of its
    /// attempts, and earlier requests to stop it no longer apply.
    /// </summary>
    public void OnRetried(JobId job)
    {
        foreach (var lease in _started.Keys.Where(lease => lease.Job == job))
            _rerunAllowed.Add(lease);
        _cancelled.Remove(job);
        world.Crashes.OnRetried(job);
        world.Dispatch.OnRetried(job);
        world.Messages.OnRetried(job);
    }

    /// <summary>Checks the final state after all faults have ended and all workers are healthy.</summary>
    public void Verify()
    {
        foreach (var id in _acknowledged)
        {
            if (world.Store.WasDeleted(id))
                continue;
            if (world.Store.DoneRow(id) is not { } done)
                throw new SimulationFaultException(
                    $"job {id} was acknowledged but never ended: {Describe(world.Store.LiveRow(id))}"
                );
            Verify(done);
        }
        // Every completion that a feed marks as delivered must have been sent in a response from the same batch. Every
        // other completion must still be available.
        foreach (var feed in world.Store.Feeds.Where(feed => feed.Implicit))
            foreach (
                var done in world.Store.Done.Values.Where(done =>
                    done.Job.Spec.Queue == feed.Queue && done.Job.Status.State == JobState.Succeeded
                )
            )
                if (
                    world.Store.WasDelivered(feed.Name, done.CompletionNumber)
                    != _delivered.Contains((feed.Name, done.CompletionNumber))
                )
                    throw new SimulationFaultException(
                        $"completion {done.CompletionNumber} is "
                            + (world.Store.WasDelivered(feed.Name, done.CompletionNumber) ? "marked" : "not marked")
                            + " as delivered "
                            + $"to the feed {feed.Name}, but the responses show the opposite"
                    );
    }

    private void Verify(DoneRow done)
    {
        var (id, now) = (done.Job.Id, done.Job.Status);
        if (
            now.State == JobState.Succeeded
            && done.Job.Spec.Method != MessageMethod.Name
            && world.Store.Result(id) != ResultOf(new LeaseToken(id, now.Attempt), now.Holder)
        )
            throw new SimulationFaultException(
                $"job {id} succeeded as attempt {now.Attempt} of {now.Holder.Worker} with the result "
                    + $"'{world.Store.Result(id)}'"
            );
        if (now.State != JobState.Succeeded && world.Store.Result(id) is { } result)
            throw new SimulationFaultException($"job {id} is {now.State.ToWireName()} but has the result '{result}'");
        if (
            _cancelled.Contains(id)
            && now.State == JobState.Failed
            && done.Reason is not (FailReason.Deadline or FailReason.Timeout or FailReason.TooLarge)
        )
            throw new SimulationFaultException(
                $"job {id} had a stop request for cancellation but failed as {done.Reason.ToWireName()}"
            );
        world.Crashes.Verify(done, LossPolicy.Default.MaxWorkerCrashes);
    }

    private void OnOutcomeRecorded(LeaseToken lease, SimWorker by)
    {
        if (_recorded.TryGetValue(lease, out var before))
            throw new SimulationFaultException(
                $"the outcome of {lease} was recorded twice: for {before.Worker} and for {by.Identity.Worker}"
            );
        _recorded.Add(lease, by.Identity);
        world.Crashes.OnOutcomeRecorded(lease);
        if (
            world.Store.DoneRow(lease.Job) is { } done
            && done.Job.Status.Attempt == lease.Attempt
            && done.Job.Status.Holder.Worker != by.Identity.Worker
        )
            throw new SimulationFaultException(
                $"the outcome of {lease} was recorded for {done.Job.Status.Holder.Worker} but acknowledged to "
                    + $"{by.Identity.Worker}"
            );
    }

    private static string Describe(JobRow? row) =>
        row is null
            ? "not on disk"
            : $"{row.Status.State.ToWireName()}, attempt {row.Status.Attempt} on {row.Status.Holder.Worker}, "
                + "stop request "
                + $"{row.Status.StopRequest.ToWireName()}, isolated {row.Status.Isolated}";
}
