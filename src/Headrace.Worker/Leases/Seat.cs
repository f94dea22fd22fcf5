using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>
/// One slot: a call that computes, and the jobs it has in hand. A seat is free when it has none; a batch's when its
/// call has returned.
/// </summary>
internal sealed class Seat(int number)
{
    public int Number { get; } = number;

    /// <summary>What runs in it; null for nothing.</summary>
    public MethodShape? Method { get; private set; }

    public int Jobs { get; private set; }

    /// <summary>A call for many jobs has not returned, also where they have all ended.</summary>
    public bool InCall { get; private set; }

    /// <summary>When a job last began or ended in it.</summary>
    public Elapsed Moved { get; set; }

    public bool IsFree => Method is null;

    /// <summary>
    /// How many more jobs of a method it can be handed beside those it has. Where one job follows the other, only while
    /// they do: behind one that is long for once, nothing is put.
    /// </summary>
    public int RoomFor(MethodShape method, Elapsed now)
    {
        if (Method != method || (method.Shape.Kind == ShapeKind.Single && now >= Moved + WorkerRules.DeckPatience))
            return 0;
        return method.Shape.Kind == ShapeKind.Batch ? 0 : method.MostInHand - Jobs;
    }

    /// <summary>All that it can compute at once, it computes.</summary>
    public bool IsFull =>
        Method is { } method && (method.Shape.Kind != ShapeKind.Stream || Jobs >= method.Shape.AtOnce);

    public void Take(MethodShape method, int jobs, Elapsed now)
    {
        // What is put behind jobs that run moves nothing.
        if (IsFree || (method.Shape.Kind == ShapeKind.Stream && Jobs < method.Shape.AtOnce))
            Moved = now;
        Method = method;
        Jobs += jobs;
        InCall = method.Shape.Kind == ShapeKind.Batch;
    }

    public void Leave()
    {
        Jobs--;
        Clear();
    }

    public void Returned()
    {
        InCall = false;
        Clear();
    }

    private void Clear()
    {
        if (Jobs == 0 && !InCall)
            Method = null;
    }
}
