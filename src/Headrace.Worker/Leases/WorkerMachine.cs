using Headrace.Core;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Leases;

/// <summary>
/// The pure machine of a worker: events in, steps out; the loop around it does I/O and nothing else. It keeps the
/// worker's side of R6–R9 and R12. What came is
/// taken in event by event; what to do about it is decided when it wakes, so that whatever came together is answered
/// together.
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

    /// <summary>How this process ends, once what it owes is done; at <see cref="Until"/> in any case.</summary>
    private sealed record Leaving(int Code, string Why, Elapsed? Until = null);

    /// <summary>A method without a shape takes its jobs one by one.</summary>
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
                    "Stopped; what ran was given back.",
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
            Exit(WorkerProcess.EndedAsTold, $"The server ended this worker: {reply.Terminate}", turn);
            return;
        }
        if (reply.Store != _conversation.Store)
        {
            Exit(
                WorkerProcess.EndedAsTold,
                $"Another server answers now: it keeps the store {reply.Store}, this worker belongs to {_conversation.Store}.",
                turn
            );
            return;
        }
        if (first)
            turn.Add(new WorkerStep.Say($"Joined; offering {_offered}."));
        else if (_lossSaid)
            turn.Add(new WorkerStep.Say("The server answers again."));
        _lossSaid = false;
        foreach (var lease in reply.Leases)
            _workload.Take(lease, turn);
        foreach (var lease in reply.Revoked)
            _workload.Stop(lease, turn);
        foreach (var request in reply.StopRequests)
            _workload.Want(request, turn);
        if (reply.Drain)
            Drain("The server asked for it.", turn);
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
            turn.Add(
                new WorkerStep.Say(
                    $"{unanswered.Why.Words} Trying again{(unanswered.Why.ServerThere ? "" : $" for {DurationText.Write(_rules.OrphanGrace)}")}."
                )
            );
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
            var words = $"No server has answered for {DurationText.Write(_rules.OrphanGrace)}.";
            Exit(_line.HasAnswered ? WorkerProcess.EndedAsTold : WorkerProcess.Unusable, words, turn);
        }
        else if (_leaving is { } leaving)
        {
            // Draining with nothing in hand, nobody needs to be waited for much longer when the server is gone too.
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
    /// A method in this process cannot be killed, so the process is: its outcome is told first, all else is given back
    /// (R12).
    /// </summary>
    private void EndBecauseOf(HeldJob deaf, WorkerTurn turn)
    {
        if (_leaving is { Until: not null } leaving)
        {
            // We are going already; exclusive work must not outlive its lease on the way.
            if (deaf.Exclusive && turn.Now >= _line.ExclusiveDeadBy)
                _leaving = leaving with { Until = turn.Now };
            return;
        }
        var (since, kind) = deaf.Stopping!.Value;
        var why =
            $"Job {deaf.Lease} ({deaf.Job.Method}@{deaf.Job.Version}) ran on for {(turn.Now - since).TotalSeconds:0.#} s after it was cancelled.";
        // Told while it still runs, its successor could start beside it (R11): of exclusive work the process's end is
        // the only word.
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
                            $"{why} Its process was ended. Pass the CancellationToken on, or look at it in the loop.",
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
