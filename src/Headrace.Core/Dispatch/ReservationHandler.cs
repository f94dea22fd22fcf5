using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Reserves workers for jobs that need more slots than any worker has free, reviews the reservations, and ends those
/// that no longer serve a purpose (R19).
/// </summary>
internal sealed class ReservationHandler(BrokerState state)
{
    /// <summary>
    /// Maximum number of workers chosen per batch, and also the maximum number of choices reviewed per batch. Each
    /// choice or review examines every worker, so these limits bound the work of a batch (R3).
    /// </summary>
    private const int MaxChoices = 16;
    private const int MaxReviews = 4;

    /// <summary>
    /// Time between two reviews of a reservation: long enough for short jobs to end before a review, but short compared
    /// with the jobs for which it is worthwhile to choose another worker.
    /// </summary>
    private static readonly TimeSpan ReviewPeriod = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The lanes for which all workers were already reserved in this batch. Another search would also fail.
    /// </summary>
    private readonly HashSet<Lane> _unsuccessful = [];
    private int _choices;

    /// <summary>
    /// True if this batch may choose no more workers. A job that needs a reservation then waits for the next batch, as
    /// do the jobs that follow it in the serving order.
    /// </summary>
    public bool IsExhausted => _choices >= MaxChoices;

    /// <summary>
    /// Ends every reservation whose lane has no job for the worker, whose worker cannot be assigned a job, or whose
    /// method version is no longer the one that the jobs run. Reviews the other reservations.
    /// </summary>
    public void BeginBatch(ApplyContext context)
    {
        _choices = 0;
        _unsuccessful.Clear();
        if (state.Reservations.Count == 0)
            return;
        state.Reservations.Keep(reservation =>
            reservation.Lane.Queue.IsOpen
            && reservation.Lane.Method.VersionFor(reservation.Lane) == reservation.Version.Number
            && FirstFor(reservation, context) is { } job
            && CanReserve(reservation.Worker, reservation.Version, job, context)
        );
        var reviews = 0;
        foreach (var reservation in state.Reservations.All)
            if (context.Elapsed - reservation.ReviewedAt >= ReviewPeriod && reviews++ < MaxReviews)
                Review(reservation, context);
    }

    /// <summary>
    /// Reserves the worker expected to have room for this job soonest. May take over a worker already reserved for a
    /// job that comes later in the serving order. Returns null if all workers that could run the job are reserved for
    /// other jobs.
    /// </summary>
    public Worker? TryReserve(Lane lane, Method.Version version, Job job, ApplyContext context)
    {
        if (_unsuccessful.Contains(lane))
            return null;
        _choices++;
        var worker = Soonest(lane, version, job, context);
        if (worker is null)
            _unsuccessful.Add(lane);
        else
            state.Reservations.Add(new Reservation(lane, version, worker, context));
        return worker;
    }

    /// <summary>Ends the reservation of a lane whose first job has been claimed.</summary>
    public void OnClaimed(Lane lane)
    {
        if (lane.Reservation is null)
            return;
        state.Reservations.Remove(lane);
        _unsuccessful.Clear();
    }

    /// <summary>Returns the job for which the worker is reserved.</summary>
    public Job? FirstFor(Reservation reservation, ApplyContext context)
    {
        var (lane, worker) = (reservation.Lane, reservation.Worker);
        return lane.Restricted.Count == 0
            ? lane.Unrestricted
            : lane.FirstFor(job => AssignmentRule.MayReserve(job, worker, state.Options.SuspectPatience, context));
    }

    private void Review(Reservation reservation, ApplyContext context)
    {
        reservation.ReviewedAt = context.Elapsed;
        if (
            FirstFor(reservation, context) is not { } job
            || Soonest(reservation.Lane, reservation.Version, job, context) is not { Reservation: null } other
        )
            return;
        var slots = reservation.Version.Slots;
        var present = RoomForecast.Of(reservation.Worker, slots, context.Now);
        if (ReservationRule.ShouldMove(present, RoomForecast.Of(other, slots, context.Now), reservation.Moves))
            ReservationTable.Move(reservation, other);
    }

    private Worker? Soonest(Lane lane, Method.Version version, Job job, ApplyContext context)
    {
        (Worker Worker, RoomForecast Room)? best = null;
        foreach (var worker in state.Workers.All)
        {
            if (!CanReserve(worker, version, job, context))
                continue;
            if (
                worker.Reservation is { } taken
                && FirstFor(taken, context) is { } other
                && !LaneOrder.GoesBefore(lane, job, taken.Lane, other)
            )
                continue;
            var room = RoomForecast.Of(worker, version.Slots, context.Now);
            if (best is null || room.IsBefore(best.Value.Room))
                best = (worker, room);
        }
        return best?.Worker;
    }

    private bool CanReserve(Worker worker, Method.Version version, Job job, ApplyContext context) =>
        ReservationRule.CanReserve(worker, version, job, state.Options.SuspectPatience, context);
}
