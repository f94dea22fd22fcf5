using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>Decides which worker is reserved for a job that needs more slots than any worker has free (R19).</summary>
internal static class ReservationRule
{
    /// <summary>
    /// True if a reservation would help the job get room on this worker: the worker can still be assigned jobs, and
    /// this job may be one of them. A worker that holds a suspect receives no other job until it is empty, so it needs
    /// no reservation.
    /// </summary>
    public static bool CanReserve(
        Worker worker,
        Method.Version version,
        Job job,
        TimeSpan patience,
        ApplyContext context
    ) =>
        worker.AcceptsJobs
        && worker.Suspects.Count == 0
        && worker.HasSlotsFor(version)
        && Offers(worker, version)
        && AssignmentRule.MayReserve(job, worker, patience, context);

    /// <summary>
    /// True if the reservation should move to a worker that is expected to have room much sooner. Each move doubles the
    /// advantage required for the next move. The number of moves therefore stays small, and the job eventually waits
    /// for a single worker.
    /// </summary>
    public static bool ShouldMove(RoomForecast present, RoomForecast other, int moves) =>
        moves < MaxMoves && other.Time.Ticks < present.Time.Ticks >> (moves + 1);

    /// <summary>
    /// Maximum number of moves. The required advantage doubles with each move, and a factor of 2^20 exceeds the number
    /// of seconds in a week.
    /// </summary>
    private const int MaxMoves = 20;

    private static bool Offers(Worker worker, Method.Version version)
    {
        foreach (var offer in worker.Offers)
            if (offer.Version == version)
                return true;
        return false;
    }
}
