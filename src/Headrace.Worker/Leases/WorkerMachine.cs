using Headrace.Core;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Leases;

/// <summary>
/// Implements the worker as a pure state machine: it takes events and returns steps, and the loop around it does only
/// I/O. It implements the worker's side of R6 to R9 and R12. Events update the state one by one; decisions are made at
/// the next wake-up, so that events that arrive together are handled together.
/// </summary>
internal sealed class WorkerMachine
{
    private readonly WorkerRules _rules;
    private readonly string _offered;
    private readonly LeaseBook _book;
    private readonly Line _line;
    private readonly Workload _workload;
    private readonly Conversation _conversation;
    private Leaving? _leaving;
    private bool _lossSaid;
    private bool _exited;

    /// <summary>
    /// The pending exit: it happens when all outcomes are acknowledged, and at <see cref="Until"/> in any case.
    /// </summary>
    private sealed record Leaving(int Code, string Why, Elapsed? Until = null);

    /// <summary>Creates the state machine. A method without a shape is called once for each job.</summary>
    public WorkerMachine(
        WorkerIdentity self,
        IReadOnlyList<Offer> offers,
        WorkerRules rules,
        IReadOnlyDictionary<MethodRef, Shape>? shapes = null
    )
    {
        _rules = rules;
        _offered = string.Join(", ", offers.Select(o => $"{o.Method}@{o.Version}"));
        _line = new Line(self.Incarnation.Value);
        _book = new LeaseBook(offers, shapes ?? new Dictionary<MethodRef, Shape>());
        _workload = new Workload(rules, _book, _line);
        _conversation = new Conversation(self, offers, _book, _workload, _line);
    }

    public IReadOnlyList<WorkerStep> On(WorkerEvent happened, Instant wall, Elapsed now)
    {
        var turn = new WorkerTurn(wall, now);
        if (_exited)
            return turn.Steps;
        switch (happened)
        {
            case WorkerEvent.Woke:
                Decide(turn);
                break;
            case WorkerEvent.Replied replied:
                Read(replied, turn);
                break;
            case WorkerEvent.Unanswered unanswered:
                Miss(unanswered, turn);
                break;
            case WorkerEvent.Spoke said:
                if (_book.Find(said.Lease) is { } speaker)
                    Workload.Spoke(speaker, said);
                break;
            case WorkerEvent.Ended ended:
                if (_book.Find(ended.Lease) is { } job)
                    _workload.Ended(job, ended.End, turn);
                break;
            case WorkerEvent.Began { Lease: var begun }:
                if (_book.Find(begun) is { } beginner)
                    _workload.Began(beginner, turn);
                break;
            case WorkerEvent.Returned { Seat: var seat }:
                _workload.Returned(seat, turn);
                break;
            case WorkerEvent.DrainAsked asked:
                Drain(asked.Why, turn);
                break;
            case WorkerEvent.AbandonAsked:
                if (_leaving?.Until is not null)
                    break;
                _workload.Abandon(turn);
                _leaving = new Leaving(
                    WorkerProcess.EndedAsTold,
                    "Stopped. Running jobs were released.",
                    now + WorkerRules.LastWords
                );
                break;
        }
        return turn.Steps;
    }

    private void Read(WorkerEvent.Replied replied, WorkerTurn turn)
    {
        var reply = replied.Reply;
        var first = !_line.HasAnswered;
        if (!_conversation.Take(replied.Message, reply))
            return;
        if (reply.Terminate.Length > 0)
        {
            Exit(WorkerProcess.EndedAsTold, $"The server terminated this worker: {reply.Terminate}", turn);
            return;
        }
        if (reply.Store != _conversation.Store)
        {
            Exit(
                WorkerProcess.EndedAsTold,
                $"A different server replied: its store is {reply.Store}, but this worker belongs to "
                    + $"{_conversation.Store}.",
                turn
            );
            return;
        }
        if (first)
            turn.Add(new WorkerStep.Say($"Joined; offering {_offered}."));
        else if (_lossSaid)
            turn.Add(new WorkerStep.Say("The connection to the server is restored."));
        _lossSaid = false;
        foreach (var lease in reply.Leases)
            _workload.Take(lease, turn);
        foreach (var lease in reply.Revoked)
            _workload.Stop(lease, turn);
        foreach (var request in reply.StopRequests)
            _workload.Want(request, turn);
        if (reply.Drain)
            Drain("the server requested it.", turn);
    }

    private void Miss(WorkerEvent.Unanswered unanswered, WorkerTurn turn)
    {
        if (!_conversation.Lose(unanswered.Message, unanswered.Why, turn))
            return;
        if (unanswered.Why.Final && !_line.HasAnswered)
        {
            Exit(WorkerProcess.Unusable, unanswered.Why.Words, turn);
            return;
        }
        if (!_lossSaid)
        {
            var limit = unanswered.Why.ServerThere ? "" : $" for {DurationText.Write(_rules.OrphanGrace)}";
            turn.Add(new WorkerStep.Say($"{unanswered.Why.Words} Retrying{limit}."));
        }
        _lossSaid = true;
    }

    private void Decide(WorkerTurn turn)
    {
        if (_workload.Watch(turn) is { } deaf)
            EndBecauseOf(deaf, turn);
        _workload.Start(turn);
        if (HasLeft(turn))
            return;
        _conversation.Speak(turn);
        if (turn.WakeAt is { } at)
            turn.Add(new WorkerStep.WakeAt(at));
    }

    private bool HasLeft(WorkerTurn turn)
    {
        if (_line.LostSince is { } since && LongEnough(since + _rules.OrphanGrace, turn))
        {
            var words = $"No server has replied for {DurationText.Write(_rules.OrphanGrace)}.";
            Exit(_line.HasAnswered ? WorkerProcess.EndedAsTold : WorkerProcess.Unusable, words, turn);
        }
        else if (_leaving is { } leaving)
        {
            // When the worker is draining, holds no leases and the server is unreachable too, there is little reason to
            // wait.
            var idle = _book.IsEmpty && _line.LostSince is { } lost && LongEnough(lost + WorkerRules.LastWords, turn);
            var done = _book.IsEmpty && (leaving.Until is not null || _conversation.DrainTold);
            if (idle || done || (leaving.Until is { } until && LongEnough(until, turn)))
                Exit(leaving.Code, leaving.Why, turn);
        }
        return _exited;
    }

    private void Drain(string why, WorkerTurn turn)
    {
        if (_leaving is not null)
            return;
        _leaving = new Leaving(WorkerProcess.EndedAsTold, "Drained.");
        turn.Add(new WorkerStep.Say($"Draining: {why}"));
        _workload.Close(turn);
    }

    /// <summary>
    /// Ends the process, because a method inside it cannot be killed. The outcome of the job is reported first, and all
    /// other jobs are released (R12).
    /// </summary>
    private void EndBecauseOf(HeldJob deaf, WorkerTurn turn)
    {
        if (_leaving is { Until: not null } leaving)
        {
            // The exit is already pending; an exclusive job must not outlive its lease in the meantime.
            if (deaf.Exclusive && turn.Now >= _line.ExclusiveDeadBy)
                _leaving = leaving with { Until = turn.Now };
            return;
        }
        var (since, kind) = deaf.Stopping!.Value;
        var why =
            $"Job {deaf.Lease} ({deaf.Job.Method}@{deaf.Job.Version}) was still running "
            + $"{(turn.Now - since).TotalSeconds:0.#} s after it was cancelled.";
        // If the outcome were reported while the job still runs, the next attempt could start beside it (R11). For an
        // exclusive job the exit of the process is the only report.
        if (deaf.Exclusive)
            deaf.EndsWithProcess = true;
        else
            _book.Finish(
                deaf,
                new Outcome
                {
                    Kind = kind,
                    Error = new OutcomeError
                    {
                        Type = "CancellationIgnored",
                        Message =
                            $"{why} The worker process was ended. Pass the CancellationToken to the calls "
                            + "that the method makes, or check it inside loops.",
                        Retryable = true,
                    },
                }
            );
        _workload.Abandon(turn);
        var until = turn.Now + WorkerRules.LastWords;
        if (deaf.Exclusive && _line.ExclusiveDeadBy < until)
            until = _line.ExclusiveDeadBy.Value;
        _leaving = new Leaving(WorkerProcess.MethodIgnoredCancel, why, until);
    }

    private void Exit(int code, string why, WorkerTurn turn)
    {
        _exited = true;
        foreach (var job in _book.InHand())
            turn.Add(new WorkerStep.Cancel(job.Lease));
        turn.Add(new WorkerStep.Exit(code, why));
    }

    private static bool LongEnough(Elapsed until, WorkerTurn turn)
    {
        if (turn.Now >= until)
            return true;
        turn.WakeBy(until);
        return false;
    }
}
