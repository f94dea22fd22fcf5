using Headrace.Core.Dispatch;
using Headrace.Core.Explain;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Retention;
using Headrace.Core.Sweeps;

namespace Headrace.Core;

/// <summary>
/// Decides <i>what</i> happens: this class implements every rule about jobs, queues and workers. It is deterministic,
/// is mutated in place by a single owner, and uses no clock, task, socket or store. All output is added to the batch;
/// the <see cref="Shard"/> decides when to publish it.
/// </summary>
internal sealed class Broker
{
    private readonly SubmitHandler _submitHandler;
    private readonly ChildHandler _childHandler;
    private readonly ClaimHandler _claimHandler;
    private readonly OutcomeHandler _outcomeHandler;
    private readonly WorkerMessageHandler _workerMessageHandler;
    private readonly ReleaseHandler _releaseHandler;
    private readonly CancelHandler _cancelHandler;
    private readonly RetryHandler _retryHandler;
    private readonly SweepHandler _sweepHandler;
    private readonly ExpireHandler _expireHandler;
    private readonly QueryHandler _queryHandler;
    private readonly ConsumerHandler _consumerHandler;
    private readonly JoinHandler _joinHandler;
    private readonly RegistryHandler _registryHandler;
    private readonly RetentionHandler _retentionHandler;

    public Broker(BrokerOptions options)
    {
        State = new BrokerState(options);
        var jobExplainer = new JobExplainer(State);
        var room = new ResultRoom(State);
        var lifecycle = new Lifecycle(State, room);
        _releaseHandler = new ReleaseHandler(State, lifecycle);
        _registryHandler = new RegistryHandler(State, room);
        var deletion = new JobDeletion(State, room);
        _retentionHandler = new RetentionHandler(State, room, deletion);
        var capacity = new CapacityRule(State);
        var admission = new JobAdmission(State, capacity);
        _submitHandler = new SubmitHandler(State, lifecycle, admission, _registryHandler);
        _childHandler = new ChildHandler(State, lifecycle, admission);
        _sweepHandler = new SweepHandler(State, new SweepStep(State, lifecycle, capacity, deletion), _registryHandler);
        _retryHandler = new RetryHandler(State, lifecycle, capacity);
        _claimHandler = new ClaimHandler(State, lifecycle);
        _joinHandler = new JoinHandler(State, _releaseHandler);
        _consumerHandler = new ConsumerHandler(State, room, lifecycle, _releaseHandler);
        _outcomeHandler = new OutcomeHandler(State, lifecycle, _releaseHandler);
        _workerMessageHandler = new WorkerMessageHandler(State, _joinHandler, _outcomeHandler, _releaseHandler);
        _cancelHandler = new CancelHandler(State, lifecycle, _registryHandler);
        _expireHandler = new ExpireHandler(State, lifecycle, _releaseHandler);
        _queryHandler = new QueryHandler(State, jobExplainer);
    }

    public BrokerState State { get; }

    /// <summary>
    /// Applies one command and adds its response, row changes and effects to the batch. A later command produces the
    /// response to a parked command.
    /// </summary>
    public void Apply(RequestId requestId, Command command, ApplyContext context)
    {
        var batch = context.Batch;
        batch.Commands++;
        batch.Bytes += command.SizeBytes;
        switch (command)
        {
            case Command.Submit submit:
                batch.Add(requestId, _submitHandler.Apply(requestId, submit, context));
                break;
            case Command.SubmitChildren submit:
                batch.Add(requestId, _childHandler.Apply(submit, context));
                break;
            case Command.Exchange exchange:
                _workerMessageHandler.Apply(requestId, exchange, context);
                break;
            case Command.Report report:
                batch.Add(requestId, _workerMessageHandler.Apply(report, context));
                break;
            case Command.InputDamaged damaged:
                batch.Add(requestId, _outcomeHandler.Fail(damaged, context));
                break;
            case Command.GetJob or Command.AwaitPlace:
                _queryHandler.Apply(requestId, command, context);
                break;
            case Command.OfConsumer consume:
                _consumerHandler.Apply(requestId, consume, context);
                break;
            case Command.WriteRegistry write:
                batch.Add(requestId, _registryHandler.Apply(write, context));
                break;
            case Command.DeleteExpired or Command.DeleteJob:
                batch.Add(requestId, _retentionHandler.Apply(requestId, command, context));
                break;
            case Command.Cancel or Command.Purge:
                batch.Add(requestId, _cancelHandler.Apply(command, context));
                break;
            case Command.Retry retry:
                batch.Add(requestId, _retryHandler.Apply(requestId, retry, context));
                break;
            case Command.StartSweep or Command.StepSweep or Command.StopSweep or Command.ListSweeps:
                batch.Add(requestId, _sweepHandler.Apply(requestId, command, context));
                break;
            case Command.Drain drain:
                batch.Add(requestId, _releaseHandler.Drain(drain, context));
                break;
            case Command.RegisterMethods registerMethods:
                batch.Add(requestId, _joinHandler.RegisterMethods(registerMethods.Methods, context));
                break;
            case Command.WorkerDied workerDied:
                batch.Add(requestId, _releaseHandler.OnWorkerDied(workerDied, context));
                break;
            case Command.DiskSpaceChanged diskSpaceChanged:
                State.StorageLowReason = diskSpaceChanged.Low ? diskSpaceChanged.Reason : null;
                batch.Add(requestId, new Response.Acknowledged());
                break;
            case Command.Tick:
                _expireHandler.Apply(context);
                _consumerHandler.ExpireLeases(context);
                break;
            default:
                batch.Add(requestId, _queryHandler.List(command, context));
                break;
        }
    }

    /// <summary>
    /// Completes a batch: claims ready jobs, replies to open exchanges, and adds the row of every changed job.
    /// </summary>
    public void FinishBatch(ApplyContext context)
    {
        var batch = context.Batch;
        _claimHandler.AssignJobs(context);
        _workerMessageHandler.Reply(context);
        foreach (var job in batch.DirtyJobs)
        {
            job.Dirty = false;
            if (!job.Status.State.IsUnfinished())
                continue;
            var row = job.ToRow();
            batch.Add(job.Stored ? new RowChange.JobChanged(row) : new RowChange.JobAdded(row));
            job.Stored = true;
            if (job.MovedFrom is { } from)
                batch.Add(new Effect.JobMoved(row, from, context.Now));
            job.MovedFrom = null;
        }
        State.Counters.WriteChangesTo(batch);
        if (batch.NeedsCommit)
            State.BatchNumber++;
        batch.Freeze(
            new ShardRow(State.BatchNumber, State.NextJob, State.NextCompletion, context.Confirmed)
            {
                Id = State.Options.Shard,
                NextRegistryVersion = State.Registry.NextVersion,
                NextDeliveryEpoch = State.Feeds.Epochs.Reserved,
            }
        );
    }

    /// <summary>Responds to the requests whose wait time has expired.</summary>
    public void ExpireWaits(ApplyContext context)
    {
        _queryHandler.ExpireWaits(context);
        _consumerHandler.ExpireWaits(context);
    }

    /// <summary>Discards all pending state of a request whose caller disconnected.</summary>
    public void OnCallerDisconnected(RequestId requestId)
    {
        State.OnCallerDisconnected(requestId);
        _consumerHandler.OnCallerDisconnected(requestId);
        _retentionHandler.OnCallerDisconnected(requestId);
        _sweepHandler.OnCallerDisconnected(requestId);
    }

    /// <summary>
    /// Renews the leases of a worker whose message arrived but was not applied, because its connection failed first.
    /// The worker sends the message again.
    /// </summary>
    public void OnMessageDropped(Command command, Elapsed arrived) =>
        _workerMessageHandler.OnMessageDropped(command, arrived);

    /// <summary>
    /// Returns the next time at which the broker must act, for each clock; null if nothing is pending.
    /// </summary>
    public (Instant? Now, Instant? Confirmed, Elapsed? Elapsed) NextWakeUp()
    {
        var confirmed = Earliest.Of(State.Retries.Next, State.Deadlines.Next);
        var elapsed = State.NextExpiry;
        if (_expireHandler.HasMoreLeases || _claimHandler.HasMore)
            elapsed = default(Elapsed);
        foreach (var worker in State.Workers.WithOpenExchange)
            elapsed = Earliest.Of(elapsed, worker.OpenExchange!.Until);
        return (State.Scheduled.Next, confirmed, elapsed);
    }
}
