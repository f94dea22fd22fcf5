using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Processes numbered exchanges and reports from workers (R6, R7). Jobs are assigned by <see cref="ClaimHandler"/> at
/// the end of the batch.
/// </summary>
internal sealed class WorkerMessageHandler(
    BrokerState state,
    JoinHandler joinHandler,
    OutcomeHandler outcomeHandler,
    ReleaseHandler releaseHandler
)
{
    /// <summary>Workers that may have finished their drain in this batch.</summary>
    private readonly HashSet<Worker> _draining = [];

    public void Apply(RequestId requestId, Command.Exchange exchange, ApplyContext context)
    {
        var message = exchange.Message;
        if (RejectionOfKey(message) is { } forbidden)
        {
            context.Batch.Add(requestId, new Response.Rejected(forbidden));
            return;
        }
        if (IsForOtherStore(message))
        {
            context.Batch.Add(
                requestId,
                new Response.Exchanged(exchange.Number) { TerminateReason = OtherStoreReason(message) }
            );
            return;
        }
        var recorded = RecordOutcomes(message, context);
        if (joinHandler.Admit(exchange, context, out var why) is not { } worker)
        {
            context.Batch.Add(new Effect.WorkerRejected(message.Sender, why));
            context.Batch.Add(
                requestId,
                new Response.Exchanged(exchange.Number) { Acks = recorded, TerminateReason = why }
            );
            return;
        }
        if (exchange.Number < worker.LastExchangeNumber)
        {
            // The message is a delayed duplicate: the worker has already received a later reply (R6).
            context.Batch.Add(requestId, new Response.Exchanged(exchange.Number) { Acks = recorded });
            return;
        }
        Receive(requestId, exchange, worker, recorded, context);
    }

    public Response Apply(Command.Report report, ApplyContext context)
    {
        var message = report.Message;
        if (RejectionOfKey(message) is { } forbidden)
            return new Response.Rejected(forbidden);
        if (IsForOtherStore(message))
            return new Response.Exchanged(0) { TerminateReason = OtherStoreReason(message) };
        var recorded = RecordOutcomes(message, context);
        if (state.Workers.Current(message.Sender) is not { } worker)
            return new Response.Exchanged(0) { Acks = recorded, TerminateReason = JoinHandler.EndedReason };
        if (!joinHandler.TryUpdate(worker, message, context, out var why))
            return new Response.Exchanged(0) { Acks = recorded, TerminateReason = why };
        foreach (var lease in report.Started)
            UpdateLease(lease, worker, context);
        if (worker.Phase == WorkerPhase.Draining)
            _draining.Add(worker);
        return new Response.Exchanged(0) { Acks = recorded };
    }

    /// <summary>
    /// Replies to every open exchange that has a reply to deliver or whose wait time has expired, and removes the
    /// workers that have finished their drain.
    /// </summary>
    public void Reply(ApplyContext context)
    {
        if (state.Workers.WithOpenExchange.Count > 0)
            foreach (var worker in state.Workers.WithOpenExchange.ToList())
            {
                var open = worker.OpenExchange!;
                if (
                    open.Granted.Count > 0
                    || open.Urgent
                    || worker.Instructions.Pending
                    || open.Until <= context.Elapsed
                )
                    Reply(worker, context);
            }
        foreach (var worker in _draining)
            if (worker.HasDrained && state.Workers.Current(worker.Identity) == worker)
                releaseHandler.RemoveDrained(worker, context);
        _draining.Clear();
    }

    private void Receive(
        RequestId requestId,
        Command.Exchange exchange,
        Worker worker,
        (LeaseToken, AckStatus)[] recorded,
        ApplyContext context
    )
    {
        var number = exchange.Number;
        // A job granted to this exchange number proves that the exchange was answered, even if the number itself was
        // lost in a restart (R4, R6).
        var repeat =
            number == worker.LastExchangeNumber || worker.HeldJobs.Any(job => job.Status.GrantedByExchange == number);
        // The open exchange is an earlier attempt to send this exchange, or the worker has abandoned it. In both cases,
        // its reply is never read.
        if (state.Workers.CloseExchange(worker) is { } older)
            context.Batch.Add(older.RequestId, new Response.Exchanged(older.Number));

        worker.LastExchangeNumber = number;
        if (exchange.Draining && worker.OnDrainReported())
            context.Batch.Add(new Effect.WorkerDraining(worker.Identity));
        if (worker.Phase == WorkerPhase.Draining)
            _draining.Add(worker);
        worker.Instructions.OnExchangeArrived(number);
        var stop = ReconcileLeases(exchange, worker, context, out var news);

        var wait = exchange.Wait < state.Options.MaxPark ? exchange.Wait : state.Options.MaxPark;
        var open = new OpenExchange(
            requestId,
            number,
            context.Arrived + wait,
            urgent: repeat || news || (recorded.Length > 0 && NeedsPromptReply(exchange.Message, worker))
        )
        {
            Acks = recorded,
            Revoked = stop,
        };
        state.Workers.Park(worker, open);
        // A repeated exchange claims no new jobs. It is answered before the batch claims jobs, with the leases that
        // were already granted to its exchange number (R6).
        if (!repeat)
            return;
        open.GrantAgain(worker.HeldJobs);
        Reply(worker, context);
    }

    /// <summary>
    /// Acknowledgements of small outcomes can be delayed (R7). Large outcomes need a prompt reply. A worker that
    /// accepts no more jobs also needs one, because it exits once all its outcomes are acknowledged.
    /// </summary>
    private static bool NeedsPromptReply(WorkerMessage message, Worker worker) =>
        worker.Phase != WorkerPhase.Active
        || message.Outcomes.Sum(outcome => (long)outcome.Result.Length) > Limits.ParkedBytes;

    /// <summary>
    /// Reconciles the worker's lease list with the jobs it holds. Jobs that the worker never received are requeued;
    /// listed leases that it no longer holds are revoked (R6).
    /// </summary>
    private List<LeaseToken> ReconcileLeases(
        Command.Exchange exchange,
        Worker worker,
        ApplyContext context,
        out bool changed
    )
    {
        var listed = new HashSet<LeaseToken>(exchange.LeasesHeld.Count);
        var foreign = new HashSet<LeaseToken>();
        foreach (var held in exchange.LeasesHeld)
        {
            listed.Add(held.Lease);
            if (!UpdateLease(held, worker, context) && !held.Finished)
                foreign.Add(held.Lease);
        }
        List<Job>? never = null;
        foreach (var job in worker.HeldJobs)
            if (job.Status.GrantedByExchange < exchange.Number && !listed.Contains(job.Lease))
                (never ??= []).Add(job);
        if (never is not null)
            foreach (var job in never.OrderBy(job => job.Id))
                releaseHandler.Requeue(job, OutcomeKind.Released, context);
        changed = worker.SetRevoked(foreign);
        return [.. foreign];
    }

    /// <summary>
    /// Records the start and progress of an attempt. Returns false if the worker does not hold the lease.
    /// </summary>
    private bool UpdateLease(HeldLease held, Worker worker, ApplyContext context)
    {
        if (
            !state.Jobs.TryGet(held.Lease.Job, out var job)
            || job.Lease != held.Lease
            || job.Status.Holder != worker.Identity
        )
            return false;
        if (job.Status.State != JobState.Running && !releaseHandler.TryResume(job, context))
            return false;
        if (held.Progress is not null)
        {
            (job.RunningAttempt ??= new RunningAttempt()).Progress = held.Progress;
            context.Batch.Add(new Effect.JobProgressed(job.ToRow(), context.Now));
        }
        if (!held.Started || job.RunningAttempt?.Started is not null)
            return true;
        var run = job.RunningAttempt ??= new RunningAttempt();
        (run.Started, run.StartedAt) = (context.Elapsed, held.StartedAt ?? context.Now);
        if (job.Spec.TimeLimit > TimeSpan.Zero)
            state.TimeLimits.Add(
                context.Elapsed + job.Spec.TimeLimit + state.Options.TimeLimitGrace,
                (job, job.Status.Attempt)
            );
        return true;
    }

    private (LeaseToken, AckStatus)[] RecordOutcomes(WorkerMessage message, ApplyContext context)
    {
        foreach (var log in message.Logs)
            if (
                state.Jobs.TryGet(log.Lease.Job, out var job)
                && job.Lease == log.Lease
                && job.Status.Holder == message.Sender
            )
            {
                context.Batch.Add(new RowChange.LogPut(new LogRow(log.Lease, log.Lines)));
                context.Batch.Add(new Effect.JobLogged(job.ToRow(), context.Now));
            }
        if (message.Outcomes.Count == 0)
            return [];
        var recorded = new (LeaseToken, AckStatus)[message.Outcomes.Count];
        for (var i = 0; i < recorded.Length; i++)
            recorded[i] = (
                message.Outcomes[i].Lease,
                outcomeHandler.Apply(message.Outcomes[i], message.Sender, context)
            );
        releaseHandler.GroupSuspects();
        return recorded;
    }

    private void Reply(Worker worker, ApplyContext context)
    {
        var open = state.Workers.CloseExchange(worker)!;
        List<(LeaseToken, StopReason)>? wanted = null;
        if (state.StopRequested.Count > 0)
            foreach (var job in worker.HeldJobs)
                if (job.Status.StopRequest != StopReason.None)
                    (wanted ??= []).Add((job.Lease, job.Status.StopRequest));
        worker.Instructions.MarkSent(open.Number);
        context.Batch.Add(
            open.RequestId,
            new Response.Exchanged(open.Number)
            {
                Leases = open.Granted.ConvertAll(static job => job.ToRow()),
                Acks = open.Acks,
                Revoked = open.Revoked,
                StopRequests = wanted ?? [],
                Drain = worker.Phase == WorkerPhase.DrainRequested,
                TerminateReason = worker.TerminateReason,
                RefusedOffers = worker.RefusedOffers,
            }
        );
    }

    private Rejection? RejectionOfKey(WorkerMessage message) =>
        state.Workers.RejectionOfKey(message.Sender, message.PoolOfKey);

    private bool IsForOtherStore(WorkerMessage message) => message.Store is { } store && store != state.Store;

    private string OtherStoreReason(WorkerMessage message) =>
        $"This server uses store {state.Store}, but the worker belongs to store {message.Store}.";

    /// <summary>Renews the leases of a worker whose message arrived but was not applied.</summary>
    public void OnMessageDropped(Command command, Elapsed arrived)
    {
        var message = command switch
        {
            Command.Exchange exchange => exchange.Message,
            Command.Report report => report.Message,
            _ => null,
        };
        if (message is not null && state.Workers.Current(message.Sender) is { Unresponsive: false } worker)
            worker.OnMessageArrived(arrived);
    }
}
