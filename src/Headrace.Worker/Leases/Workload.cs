using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Reason = Headrace.Protocol.Exchange.StopRequestReason;

namespace Headrace.Worker.Leases;

/// <summary>
/// What runs: puts leases into free seats, keeps time limits, passes orders on to the methods, and gives back what it
/// cannot start soon.
/// </summary>
internal sealed class Workload(WorkerRules rules, LeaseBook book, Line line)
{
    private readonly Seat[] _seats = [.. Enumerable.Range(0, rules.Slots).Select(number => new Seat(number))];

    /// <summary>The method that ran last: the best guess at what comes into a free seat.</summary>
    private MethodShape? _last;

    /// <summary>Nothing more is started or kept waiting.</summary>
    public bool Closed { get; private set; }

    /// <summary>
    /// How many jobs can run at once, of the methods that run now or come next. A free seat counts as one: it is not
    /// known whether what comes can share it, and the next
    /// message says it.
    /// </summary>
    public int Slots =>
        Math.Min(
            WorkerRules.MostLeases,
            _seats.Sum(seat => (seat.Method ?? book.Waiting.FirstOrDefault()?.Method)?.Shape.AtOnce ?? 1)
        );

    /// <summary>
    /// Every seat has been busy with the same jobs for a while: what waits here would do better elsewhere.
    /// </summary>
    public bool IsStalled(Elapsed now) => IsFull && now >= _seats.Max(seat => seat.Moved) + WorkerRules.WaitingPatience;

    /// <summary>The leases to ask for beyond the slots.</summary>
    public int Prefetch(Elapsed now) => Closed || book.Suspect is not null || IsStalled(now) ? 0 : Ahead;

    /// <summary>
    /// True while an end is due within a moment, before which nothing more could begin: every seat is full of short
    /// jobs, none of which runs for longer than a hiccup, and nothing waits for a seat.
    /// </summary>
    public bool EndsSoon(WorkerTurn turn)
    {
        if (Closed || book.AnyWaiting || !_seats.All(seat => seat.IsFull && seat.Method!.Pace.IsShort))
            return false;
        var until = _seats.Min(seat => seat.Moved) + WorkerRules.DeckPatience;
        if (turn.Now >= until)
            return false;
        turn.WakeBy(until);
        return true;
    }

    private bool IsFull => _seats.All(seat => !seat.IsFree && (seat.IsFull || book.AnyWaiting));

    private int Ahead =>
        (int)
            Math.Min(
                PrefetchRule.Most,
                Math.Round(_seats.Sum(seat => (seat.Method ?? _last)?.Pace.Ahead ?? 1.0 / _seats.Length))
            );

    public void Close(WorkerTurn turn)
    {
        Closed = true;
        book.ReleaseWaiting(turn);
    }

    public void Take(LeasedJob job, WorkerTurn turn)
    {
        if (book.Take(job, turn.Wall, turn.Now) is not { } held)
            return;
        if (job.Payload is { } payload)
            book.Finish(held, Unsupported(payload));
        if (Closed)
            book.ReleaseWaiting(turn);
        // A suspect runs by itself: what had started is finished first, what waits goes back (R10).
        else if (book.Suspect is { } suspect)
            book.ReleaseWaiting(turn, except: suspect);
    }

    /// <summary>A worker that ran the method without its input would report a wrong result.</summary>
    private static Outcome Unsupported(PayloadReference payload) =>
        new()
        {
            Kind = Kind.Failed,
            Error = new OutcomeError
            {
                Type = "UnsupportedPayload",
                Message =
                    $"The body of this job is stored as payload {payload.Id}. This worker does not read payload references.",
            },
        };

    /// <summary>
    /// The broker says that a lease is not ours any more (R6): its work is killed, as far as a method in this process
    /// can be.
    /// </summary>
    public void Stop(LeaseToken lease, WorkerTurn turn)
    {
        if (book.Find(lease) is { } job && book.Disown(job))
            Cancel(job, Kind.Cancelled, turn);
    }

    /// <summary>The broker requests that a job stops (R12). The same request may arrive many times.</summary>
    public void Want(StopRequest request, WorkerTurn turn)
    {
        if (book.Find(request.Lease) is not { } job)
            return;
        var kind = request.Reason == Reason.Timeout ? Kind.TimedOut : Kind.Cancelled;
        if (job.Now == HeldJob.Stage.Waiting)
            book.Finish(job, new Outcome { Kind = Kind.Cancelled });
        else
            Cancel(job, kind, turn);
    }

    public static void Spoke(HeldJob job, WorkerEvent.Spoke said)
    {
        if (said.Progress is not null)
            (job.Progress, job.ProgressTold) = (said.Progress, false);
        if (said.Log is not null)
            (job.Log, job.LogTold) = (said.Log, false);
    }

    /// <summary>A method has begun a job that it was handed ahead.</summary>
    public void Began(HeldJob job, WorkerTurn turn)
    {
        if (job.Now != HeldJob.Stage.Handed)
            return;
        book.Begin(job, turn.Now);
        job.Seat!.Moved = turn.Now;
    }

    /// <summary>
    /// A method has ended a job: its place is free, its outcome waits to be sent. Succeeded stays succeeded, also when
    /// an end was wanted (R12).
    /// </summary>
    public void Ended(HeldJob job, MethodEnd end, WorkerTurn turn)
    {
        if (!job.InHand)
            return;
        if (end.Kind == Kind.Released && ComesBack(job))
        {
            book.PutBack(job);
            return;
        }
        // One that was never begun tells nothing: its seat is as full as before.
        if (end.Kind != Kind.Released)
        {
            job.Seat!.Moved = turn.Now;
            _last = job.Method;
            _last.Pace.Ran(end.Took ?? turn.Now - job.Started);
        }
        if (end.Log is not null)
            job.Log = end.Log;
        book.Finish(
            job,
            new Outcome
            {
                Kind = end.Kind switch
                {
                    Kind.Cancelled => job.Stopping?.As ?? end.Kind,
                    // Never begun: given back, also where a begun one would be lost.
                    Kind.Released when job.Stopping is { As: Kind.Cancelled } => Kind.Cancelled,
                    _ => end.Kind,
                },
                Result = end.Result,
                ContentType = end.ContentType,
                Error = end.Error,
                Metrics = end.Metrics,
            }
        );
    }

    /// <summary>
    /// It was handed ahead to a seat whose turn for it does not come, and nobody else wants it: another seat may have
    /// it.
    /// </summary>
    private bool ComesBack(HeldJob job) =>
        job is { Now: HeldJob.Stage.Handed, Method.Shape.Kind: ShapeKind.Single, Stopping: null, Disowned: false }
        && !Closed
        && book.Suspect is null;

    /// <summary>A call for many jobs has returned; each of them has ended.</summary>
    public void Returned(int seat, WorkerTurn turn)
    {
        _seats[seat].Moved = turn.Now;
        _seats[seat].Returned();
    }

    /// <summary>
    /// Cancels what is over its time limit, and exclusive work whose lease runs out; the answer is a job that must end
    /// now and whose method does not, or null:
    /// only the end of its process is left.
    /// </summary>
    public HeldJob? Watch(WorkerTurn turn)
    {
        HeldJob? deaf = null;
        foreach (var job in book.Watched)
        {
            if (job.Now == HeldJob.Stage.Running && Reached(job.LimitAt, job, turn))
                Cancel(job, Kind.TimedOut, turn);
            if (job.Exclusive && Reached(line.ExclusiveUntil, job, turn))
                Cancel(job, job.LetGo, turn);
            if (job.Stopping is not { } stopping)
                continue;
            var deadBy = stopping.At + rules.CancelGrace;
            if (job.Exclusive && line.ExclusiveDeadBy < deadBy)
                deadBy = line.ExclusiveDeadBy.Value;
            if (deadBy <= turn.Now)
                deaf = job;
            else
                turn.WakeBy(deadBy);
        }
        return deaf;
    }

    /// <summary>
    /// Puts what waits into seats, in the order it came, and gives back what has waited too long for one.
    /// </summary>
    public void Start(WorkerTurn turn)
    {
        if (!Closed)
            Fill(turn);
        foreach (var seat in _seats)
        {
            if (book.HandedSince(seat) is not { } handed)
                continue;
            // Where one job follows the other, what counts is that they do. In lanes one that goes on says nothing of
            // the others.
            var patientUntil =
                seat.Method?.Shape.Kind == ShapeKind.Single
                    ? seat.Moved + WorkerRules.DeckPatience
                    : handed + WorkerRules.WaitingPatience;
            if (turn.Now < patientUntil)
                turn.WakeBy(patientUntil);
            else
                book.AskBack(seat, turn);
        }
        if (IsStalled(turn.Now))
            book.ReleaseWaiting(turn);
        else if (IsFull)
            turn.WakeBy(_seats.Max(seat => seat.Moved) + WorkerRules.WaitingPatience);
    }

    private void Fill(WorkerTurn turn)
    {
        HashSet<MethodShape>? gathering = null;
        for (var next = book.FirstWaiting; next is not null; )
        {
            var job = next.Value;
            next = next.Next;
            // A suspect waits for what runs, and nothing starts beside it (R10).
            if (book.Suspect is not null && (book.InHandCount > 0 || _seats.Any(seat => seat.InCall)))
                return;
            // Our right to run it may end before it does: it waits for the server's next word.
            if (job.Exclusive && turn.Now >= line.ExclusiveUntil)
                return;
            if (gathering?.Contains(job.Method) == true)
                continue;
            if (job.Method.Shape.Kind == ShapeKind.Batch && !IsRipe(job, turn))
            {
                // Others need not wait until it has come together.
                (gathering ??= []).Add(job.Method);
                continue;
            }
            // In order: a stream that is never without work would else keep its seat from others for ever.
            if (SeatFor(job.Method, turn.Now) is not { } seat)
                return;
            if (job.Method.Shape.Kind == ShapeKind.Batch)
            {
                StartTogether(job.Method, seat, turn);
                next = book.FirstWaiting;
            }
            else
                Start(job, seat, turn);
        }
    }

    private void Start(HeldJob job, Seat seat, WorkerTurn turn)
    {
        // Behind another one a job has its turn later; in a stream, when the stream takes it.
        var ahead = job.Method.Shape.Kind == ShapeKind.Stream || !seat.IsFree;
        seat.Take(job.Method, 1, turn.Now);
        book.Seat(job, seat, turn.Now, ahead);
        turn.Add(new WorkerStep.Run(job.Job, seat.Number, ahead));
        if (job.Now == HeldJob.Stage.Running && job.LimitAt is { } limit)
            turn.WakeBy(limit);
    }

    private void StartTogether(MethodShape method, Seat seat, WorkerTurn turn)
    {
        var jobs = book
            .Waiting.Where(job => job.Method == method)
            .Take(book.Suspect is null ? method.Shape.AtOnce : 1)
            .ToList();
        seat.Take(method, jobs.Count, turn.Now);
        foreach (var job in jobs)
        {
            book.Seat(job, seat, turn.Now, ahead: false);
            if (job.LimitAt is { } limit)
                turn.WakeBy(limit);
        }
        turn.Add(new WorkerStep.RunTogether([.. jobs.Select(job => job.Job)], seat.Number));
    }

    /// <summary>
    /// Enough have come together, or the first has waited for others long enough; a suspect waits for nobody.
    /// </summary>
    private bool IsRipe(HeldJob first, WorkerTurn turn)
    {
        var at = first.Taken + first.Method.Shape.Within;
        if (
            turn.Now >= at
            || book.Suspect is not null
            || book.Waiting.Count(job => job.Method == first.Method) >= first.Method.Shape.AtOnce
        )
            return true;
        turn.WakeBy(at);
        return false;
    }

    /// <summary>The seat that has the least to do and takes a job of this method; null for none.</summary>
    private Seat? SeatFor(MethodShape method, Elapsed now) =>
        _seats.Where(seat => seat.IsFree || seat.RoomFor(method, now) > 0).MinBy(seat => seat.Jobs);

    /// <summary>
    /// Lets go of everything: what waits and what runs goes back, and running methods are told to stop.
    /// </summary>
    public void Abandon(WorkerTurn turn)
    {
        Close(turn);
        foreach (var job in book.InHand())
        {
            Cancel(job, job.LetGo, turn);
            // Of exclusive work nothing is told before its method has returned: somebody else would start it beside
            // this run.
            if (!job.Exclusive)
                book.Finish(job, new Outcome { Kind = job.Stopping!.Value.As });
        }
    }

    /// <summary>
    /// True when a job in hand that nobody stopped yet has reached a time; else it is looked at again then.
    /// </summary>
    private static bool Reached(Elapsed? at, HeldJob job, WorkerTurn turn)
    {
        if (at is not { } time || job.Stopping is not null)
            return false;
        if (time <= turn.Now)
            return true;
        turn.WakeBy(time);
        return false;
    }

    private void Cancel(HeldJob job, Kind kind, WorkerTurn turn)
    {
        if (!job.InHand || job.Stopping is not null)
            return;
        book.Stop(job, turn.Now, kind);
        turn.Add(new WorkerStep.Cancel(job.Lease));
    }
}
