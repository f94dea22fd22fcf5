using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Leases;

/// <summary>
/// Implements the worker as a pure state machine: it takes events and returns steps, and the loop around it performs
/// only I/O. It implements the worker's side of R6 to R9 and R12. Events update the state one by one; decisions are
/// made at the next wake-up, so that events that arrive together are handled together.
/// </summary>
internal sealed class WorkerMachine
{
    private readonly WorkerRules _rules;
    private readonly OfferedMethods _methods;
    private readonly WorkerName _name;
    private readonly LeaseTable _leases;
    private readonly ServerConnection _connection;
    private readonly StopDeadlines _deadlines;
    private readonly Workload _workload;
    private readonly ExchangeProtocol _exchange;
    private PendingExit? _pendingExit;
    private bool _outageLogged;

    /// <summary>
    /// The refusals of offers that have already been logged. The server repeats a refusal in every reply.
    /// </summary>
    private readonly HashSet<(string Method, uint Version, string Reason)> _refusalsLogged = [];

    // The time at which the worker gives up; set while its join is rejected because the name is in use.
    private Elapsed? _nameWaitEnd;
    private bool _exited;

    /// <summary>
    /// A pending exit. The worker exits when all outcomes are acknowledged, but no later than <see cref="Until"/>.
    /// </summary>
    private sealed record PendingExit(int Code, string Reason, Elapsed? Until = null);

    /// <summary>Creates the state machine. A method without a shape is called once for each job.</summary>
    public WorkerMachine(
        WorkerIdentity self,
        IReadOnlyList<Offer> offers,
        WorkerRules rules,
        IReadOnlyDictionary<MethodRef, Shape>? shapes = null
    )
    {
        (_rules, _name) = (rules, self.Name);
        _methods = new OfferedMethods(offers, shapes ?? new Dictionary<MethodRef, Shape>());
        _connection = new ServerConnection(self.Incarnation.Value);
        _leases = new LeaseTable(_methods);
        _deadlines = new StopDeadlines(rules, _leases, _connection);
        _workload = new Workload(rules, _leases, _connection, _deadlines);
        _exchange = new ExchangeProtocol(self, _methods, _leases, _workload, _connection);
    }

    /// <summary>Gets the duration of the worker's leases.</summary>
    public TimeSpan Lease => _connection.Lease;

    public IReadOnlyList<WorkerStep> On(WorkerEvent happened, Instant wall, Elapsed now)
    {
        var context = new StepContext(wall, now);
        if (_exited)
            return context.Steps;
        switch (happened)
        {
            case WorkerEvent.Woke:
                Decide(context);
                break;
            case WorkerEvent.Replied replied:
                OnReply(replied, context);
                break;
            case WorkerEvent.NotReplied notReplied:
                OnNoReply(notReplied, context);
                break;
            case WorkerEvent.ProgressReported said:
                if (_leases.Find(said.Lease) is { } speaker)
                    Workload.OnProgress(speaker, said);
                break;
            case WorkerEvent.Ended ended:
                if (_leases.Find(ended.Lease) is { } job)
                    _workload.OnEnded(job, ended.End, context);
                break;
            case WorkerEvent.Started { Lease: var begun }:
                if (_leases.Find(begun) is { } beginner)
                    _workload.OnStarted(beginner, context);
                break;
            case WorkerEvent.CallReturned { Slot: var slot }:
                _workload.OnCallReturned(slot, context);
                break;
            case WorkerEvent.MethodsChanged changed:
                _methods.Change(changed.Offers, changed.Shapes);
                context.Add(new WorkerStep.Log($"The methods have changed; offering {Offered}."));
                break;
            case WorkerEvent.DrainRequested asked:
                Drain(asked.Reason, context);
                break;
            case WorkerEvent.AbandonRequested:
                if (_pendingExit?.Until is not null)
                    break;
                _workload.Abandon(context);
                _pendingExit = new PendingExit(
                    WorkerProcess.StoppedOnRequest,
                    "Stopped. Running jobs were released.",
                    now + WorkerRules.FinalReportTimeout
                );
                break;
        }
        return context.Steps;
    }

    private void OnReply(WorkerEvent.Replied replied, StepContext context)
    {
        var reply = replied.Reply;
        var first = !_connection.HasReplied;
        if (first && IsNameInUse(reply))
        {
            OnNameInUse(replied, context);
            return;
        }
        if (!_exchange.OnReply(replied.Message, reply, context.Now))
            return;
        if (reply.Terminate.Length > 0 && HasEndedAll && _pendingExit is { Until: null } drained)
        {
            // The server has already removed this worker at the end of its drain, but the reply that confirmed the
            // drain was lost.
            Exit(drained.Code, drained.Reason, context);
            return;
        }
        if (reply.Terminate.Length > 0)
        {
            var (code, did) = first ? (WorkerProcess.Refused, "rejected") : (WorkerProcess.Terminated, "terminated");
            Exit(code, $"The server {did} this worker: {reply.Terminate}", context);
            return;
        }
        if (reply.Store != _exchange.Store)
        {
            Exit(
                WorkerProcess.Terminated,
                $"A different server replied: its store is {reply.Store}, but this worker belongs to "
                    + $"{_exchange.Store}.",
                context
            );
            return;
        }
        if (first)
            context.Add(new WorkerStep.Log($"Joined; offering {Offered}."));
        else if (_outageLogged)
            context.Add(new WorkerStep.Log("The connection to the server has been restored."));
        _outageLogged = false;
        foreach (var refused in reply.RefusedOffers)
            if (_refusalsLogged.Add((refused.Method, refused.Version, refused.Reason)))
                context.Add(
                    new WorkerStep.Log(
                        $"The server refused {refused.Method}@{refused.Version} and assigns no jobs of it to this "
                            + $"worker: {refused.Reason}"
                    )
                );
        foreach (var lease in reply.Leases)
            _workload.Add(lease, context);
        foreach (var lease in reply.Revoked)
            _workload.Revoke(lease, context);
        foreach (var request in reply.StopRequests)
            _workload.RequestStop(request, context);
        if (reply.Drain)
            Drain("the server requested it.", context);
    }

    private string Offered => string.Join(", ", _methods.Offers.Select(offer => $"{offer.Method}@{offer.Version}"));

    /// <summary>
    /// Gets a value indicating whether every job has ended, even if some outcomes are not acknowledged yet.
    /// </summary>
    private bool HasEndedAll => _leases.InSlotCount == 0 && !_leases.AnyWaiting;

    private bool IsNameInUse(ExchangeReply reply) => reply.Terminate == WorkerName.InUse(_name);

    /// <summary>
    /// Handles the rejection of a name that another incarnation holds. The process of that incarnation may have just
    /// ended, and its name becomes free when it has not responded for the duration of a lease (R9). Until then, the
    /// join counts as unanswered and is sent again.
    /// </summary>
    private void OnNameInUse(WorkerEvent.Replied replied, StepContext context)
    {
        var lease =
            replied.Reply.Lease?.ToTimeSpan() is { } stated && stated > TimeSpan.Zero ? stated : _connection.Lease;
        var why = new NoReply(replied.Reply.Terminate, ServerReachable: true);
        if (!_exchange.OnNoReply(replied.Message, why, context))
            return;
        if (_nameWaitEnd is null)
        {
            var limit = lease + WorkerRules.NameGrace;
            _nameWaitEnd = context.Now + limit;
            context.Add(
                new WorkerStep.Log(
                    $"{why.Message} Retrying for {DurationText.ToText(limit)}, in case the other incarnation has ended."
                )
            );
        }
        else if (context.Now >= _nameWaitEnd)
            Exit(
                WorkerProcess.Refused,
                $"The server rejected this worker: {why.Message} Stop the other worker, or set "
                    + $"{WorkerProcess.Name} to another name.",
                context
            );
    }

    private void OnNoReply(WorkerEvent.NotReplied notReplied, StepContext context)
    {
        if (!_exchange.OnNoReply(notReplied.Message, notReplied.Reason, context))
            return;
        if (notReplied.Reason.IsPermanent && !_connection.HasReplied)
        {
            Exit(WorkerProcess.Unusable, notReplied.Reason.Message, context);
            return;
        }
        if (!_outageLogged)
        {
            var limit = notReplied.Reason.ServerReachable ? "" : $" for {DurationText.ToText(_rules.OrphanGrace)}";
            context.Add(new WorkerStep.Log($"{notReplied.Reason.Message} Retrying{limit}."));
        }
        _outageLogged = true;
    }

    private void Decide(StepContext context)
    {
        if (_deadlines.CancelOverdue(context) is { } unresponsive)
            ExitBecauseOf(unresponsive, context);
        _workload.Start(context);
        if (TryExit(context))
            return;
        _exchange.SendDue(context);
        if (context.WakeAt is { } at)
            context.Add(new WorkerStep.WakeAt(at));
    }

    private bool TryExit(StepContext context)
    {
        if (_connection.UnreachableSince is { } since && HasPassed(since + _rules.OrphanGrace, context))
        {
            var words = $"No server has replied for {DurationText.ToText(_rules.OrphanGrace)}.";
            Exit(_connection.HasReplied ? WorkerProcess.Terminated : WorkerProcess.Unusable, words, context);
        }
        else if (_pendingExit is { } pendingExit)
        {
            // A draining worker that holds no leases has little reason to wait for an unreachable server.
            var idle =
                _leases.IsEmpty
                && _connection.UnreachableSince is { } lost
                && HasPassed(lost + WorkerRules.FinalReportTimeout, context);
            // A worker that could not join has nothing to report.
            var refused = _nameWaitEnd is not null && !_connection.HasReplied;
            var done = _leases.IsEmpty && (pendingExit.Until is not null || _exchange.DrainReported || refused);
            if (idle || done || (pendingExit.Until is { } until && HasPassed(until, context)))
                Exit(pendingExit.Code, pendingExit.Reason, context);
        }
        return _exited;
    }

    private void Drain(string why, StepContext context)
    {
        if (_pendingExit is not null)
            return;
        _pendingExit = new PendingExit(WorkerProcess.StoppedOnRequest, "Drained.");
        context.Add(new WorkerStep.Log($"Draining: {why}"));
        _workload.Close(context);
    }

    /// <summary>
    /// Ends the process, because a method cannot be killed within a process, or because an executor did not kill an
    /// execution. The outcome of the job is reported first, and all other jobs are released (R12).
    /// </summary>
    private void ExitBecauseOf(HeldJob unresponsive, StepContext context)
    {
        if (_pendingExit is { Until: not null } pendingExit)
        {
            // The exit is already pending, but an exclusive job must not outlive its lease in the meantime.
            if (unresponsive.Exclusive && context.Now >= _connection.ExclusiveKillAt)
                _pendingExit = pendingExit with { Until = context.Now };
            return;
        }
        var (since, kind) = unresponsive.StopRequested!.Value;
        var why =
            $"Job {unresponsive.Lease} ({unresponsive.Job.Method}@{unresponsive.Job.Version}) was still running "
            + $"{(context.Now - since).TotalSeconds:0.#} s after {AskedText(unresponsive, kind)}.";
        // Reporting the outcome while the job is still running would let the next attempt run alongside it (R11). The
        // outcome of an exclusive job is therefore never sent; the server detects the end of the job when the process
        // exits.
        if (unresponsive.Exclusive)
            unresponsive.EndsWithProcess = true;
        else
            _leases.Finish(
                unresponsive,
                new Outcome
                {
                    Kind = kind,
                    Error = new OutcomeError
                    {
                        Type = "CancellationIgnored",
                        Message = $"{why} The worker process was terminated. {Remedy(unresponsive)}",
                        Retryable = true,
                    },
                }
            );
        _workload.Abandon(context);
        var until = context.Now + WorkerRules.FinalReportTimeout;
        if (unresponsive.Exclusive && _connection.ExclusiveKillAt < until)
            until = _connection.ExclusiveKillAt.Value;
        _pendingExit = new PendingExit(WorkerProcess.Terminated, why, until);
    }

    private static string AskedText(HeldJob job, OutcomeKind kind) =>
        kind == OutcomeKind.TimedOut && job.Job.TimeLimit is { } limit
            ? $"it exceeded its time limit of {DurationText.ToText(limit.ToTimeSpan())}"
            : "it was cancelled";

    private static string Remedy(HeldJob unresponsive) =>
        unresponsive.KillRequestedAt is null
            ? "Pass the CancellationToken to the calls that the method makes, or check it inside loops."
            : "Its executor did not kill it. An executor must end a job soon after the job's KillToken is cancelled.";

    private void Exit(int code, string why, StepContext context)
    {
        _exited = true;
        foreach (var job in _leases.JobsInSlots())
            context.Add(new WorkerStep.Cancel(job.Lease, StopReason.None));
        context.Add(new WorkerStep.Exit(code, why));
    }

    private static bool HasPassed(Elapsed until, StepContext context)
    {
        if (context.Now >= until)
            return true;
        context.WakeBy(until);
        return false;
    }
}
