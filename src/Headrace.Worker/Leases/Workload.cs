using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Reason = Headrace.Protocol.Exchange.StopRequestReason;

namespace Headrace.Worker.Leases;

/// <summary>
/// Assigns jobs to free slots, enforces time limits, forwards stop requests to methods, and releases jobs that it
/// cannot start soon.
/// </summary>
internal sealed class Workload(WorkerRules rules, LeaseBook book, Line line)
{
    private readonly Seat[] _seats = [.. Enumerable.Range(0, rules.Slots).Select(number => new Seat(number))];

    /// <summary>The method that ran last: the best estimate of what a free slot will run next.</summary>
    private MethodShape? _last;

    /// <summary>Gets whether the worker starts no more jobs and keeps none waiting.</summary>
    public bool Closed { get; private set; }

    /// <summary>
    /// Gets how many jobs can run at the same time, based on the methods that are running or next. A free slot counts
    /// as one, because it is not known whether the next job can share it; the next message corrects the number.
    /// </summary>
    public int Slots =>
        Math.Min(
            WorkerRules.MostLeases,
            _seats.Sum(seat => (seat.Method ?? book.Waiting.FirstOrDefault()?.Method)?.Shape.AtOnce ?? 1)
        );

    /// <summary>
    /// Returns true when every slot has been occupied by the same jobs for a while, so that waiting jobs would start
    /// sooner on another worker.
    /// </summary>
    public bool IsStalled(Elapsed now) => IsFull && now >= _seats.Max(seat => seat.Moved) + WorkerRules.WaitingPatience;

    /// <summary>Returns the number of leases to request beyond the slots.</summary>
    public int Prefetch(Elapsed now) => Closed || book.Suspect is not null || IsStalled(now) ? 0 : Ahead;

    /// <summary>
    /// Returns true when a job is about to end before which no other could start: every slot is full of short jobs,
    /// none of which has run unexpectedly long, and no job is waiting.
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
        // A suspect runs isolated: running jobs finish first, waiting ones are released (R10).
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
    /// Handles a revoked lease (R6): cancels its job, as far as a method inside this process can be stopped.
    /// </summary>
    public void Stop(LeaseToken lease, WorkerTurn turn)
    {
        if (book.Find(lease) is { } job && book.Disown(job))
            Cancel(job, Kind.Cancelled, turn);
    }

    /// <summary>Handles a stop request of the broker (R12). The same request can arrive many times.</summary>
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

    /// <summary>Handles the start of a job that was assigned in advance.</summary>
    public void Began(HeldJob job, WorkerTurn turn)
    {
        if (job.Now != HeldJob.Stage.Handed)
            return;
        book.Begin(job, turn.Now);
        job.Seat!.Moved = turn.Now;
    }

    /// <summary>
    /// Handles the end of a job: frees its place in the slot and sets its outcome. A success stays a success, even
    /// after a stop request (R12).
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
        // A job that never started contains no information about run times, and its slot is as busy as before.
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
                    // The job never started, so it is released even where a started one would be lost.
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
    /// Returns true when a recalled job can run in another slot of this worker: it was assigned in advance, has not
    /// started, and no stop request applies to it.
    /// </summary>
    private bool ComesBack(HeldJob job) =>
        job is { Now: HeldJob.Stage.Handed, Method.Shape.Kind: ShapeKind.Single, Stopping: null, Disowned: false }
        && !Closed
        && book.Suspect is null;

    /// <summary>Handles the return of a batch call, whose jobs have all ended.</summary>
    public void Returned(int seat, WorkerTurn turn)
    {
        _seats[seat].Moved = turn.Now;
        _seats[seat].Returned();
    }

    /// <summary>
    /// Cancels jobs that exceed their time limit and exclusive jobs whose lease is about to expire. Returns a job that
    /// must end now although its method has not returned, so that only ending the process remains; otherwise null.
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
    /// Assigns waiting jobs to slots in their order of arrival, and releases those that have waited too long for a
    /// slot.
    /// </summary>
    public void Start(WorkerTurn turn)
    {
        if (!Closed)
            Fill(turn);
        foreach (var seat in _seats)
        {
            if (book.HandedSince(seat) is not { } handed)
                continue;
            // In a slot that runs one job after the other, the last activity counts. In a stream, one running job says
            // nothing about the others, so the time since the assignment counts.
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
            // A suspect waits until all running jobs have ended, and nothing starts beside it (R10).
            if (book.Suspect is not null && (book.InHandCount > 0 || _seats.Any(seat => seat.InCall)))
                return;
            // The lease may expire before the job ends, so the job waits until the server renews it.
            if (job.Exclusive && turn.Now >= line.ExclusiveUntil)
                return;
            if (gathering?.Contains(job.Method) == true)
                continue;
            if (job.Method.Shape.Kind == ShapeKind.Batch && !IsRipe(job, turn))
            {
                // Other methods do not wait until this batch is ready.
                (gathering ??= []).Add(job.Method);
                continue;
            }
            // Strictly in order: otherwise a stream that always has work would keep its slot from other methods
            // forever.
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
        // A job queued behind another starts later; in a stream, it starts when the stream reads it.
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
    /// Returns true when the batch is full or its first job has waited long enough. A suspect does not wait for other
    /// jobs.
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

    /// <summary>Returns the least busy slot that accepts a job of this method; null for none.</summary>
    private Seat? SeatFor(MethodShape method, Elapsed now) =>
        _seats.Where(seat => seat.IsFree || seat.RoomFor(method, now) > 0).MinBy(seat => seat.Jobs);

    /// <summary>
    /// Abandons everything: releases waiting and running jobs and cancels the running methods.
    /// </summary>
    public void Abandon(WorkerTurn turn)
    {
        Close(turn);
        foreach (var job in book.InHand())
        {
            Cancel(job, job.LetGo, turn);
            // No outcome is reported for an exclusive job before its method has returned: another worker would start it
            // beside this attempt.
            if (!job.Exclusive)
                book.Finish(job, new Outcome { Kind = job.Stopping!.Value.As });
        }
    }

    /// <summary>
    /// Returns true when the time is reached for a job that is not being stopped; otherwise schedules a wake-up for
    /// that time.
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
