using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>One slot: a call that computes, and the jobs it has in hand. A stream's seat is free when it has none; a batch's when its call has returned.</summary>
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

    public int RoomFor(MethodShape method) => Method == method && method.Shape.Kind == ShapeKind.Stream ? method.MostInHand - Jobs : 0;

    /// <summary>All that it can compute at once, it computes.</summary>
    public bool IsFull => Method is { } method && (method.Shape.Kind != ShapeKind.Stream || Jobs >= method.Shape.AtOnce);

    public void Take(MethodShape method, int jobs, Elapsed now)
    {
        (Method, Moved) = (method, now);
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
        if (Jobs == 0 && !InCall) Method = null;
    }
}
