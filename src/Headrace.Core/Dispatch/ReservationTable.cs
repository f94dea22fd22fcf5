using Headrace.Core.Queues;

namespace Headrace.Core.Dispatch;

/// <summary>
/// The reservations (R19). A worker is reserved for at most one lane, and a lane reserves at most one worker.
/// </summary>
internal sealed class ReservationTable
{
    private readonly List<Reservation> _all = [];

    public IReadOnlyList<Reservation> All => _all;

    public int Count => _all.Count;

    /// <summary>Adds a reservation. It replaces the worker's reservation for another lane, if there is one.</summary>
    public void Add(Reservation reservation)
    {
        Remove(reservation.Worker.Reservation);
        reservation.Lane.Reservation = reservation;
        reservation.Worker.Reservation = reservation;
        _all.Add(reservation);
    }

    /// <summary>Moves a reservation to another worker, which must not be reserved yet.</summary>
    public static void Move(Reservation reservation, Worker to)
    {
        reservation.Worker.Reservation = null;
        reservation.Worker = to;
        to.Reservation = reservation;
        reservation.Moves++;
    }

    /// <summary>Ends the reservation of this lane, if it has one.</summary>
    public void Remove(Lane lane) => Remove(lane.Reservation);

    /// <summary>Ends all reservations that do not satisfy the predicate.</summary>
    public void Keep(Predicate<Reservation> isValid)
    {
        for (var i = _all.Count - 1; i >= 0; i--)
            if (!isValid(_all[i]))
                Remove(_all[i]);
    }

    private void Remove(Reservation? reservation)
    {
        if (reservation is null || !_all.Remove(reservation))
            return;
        reservation.Lane.Reservation = null;
        reservation.Worker.Reservation = null;
    }
}
