namespace Headrace.Worker.Leases;

/// <summary>A method as the machine sees it: its shape, and how long its jobs took of late.</summary>
internal sealed class MethodShape(Shape shape, bool exclusive)
{
    public Shape Shape { get; } = shape;

    public PrefetchRule Pace { get; } = new(shape);

    /// <summary>Two attempts of a job must never run at once (R11).</summary>
    public bool Exclusive { get; } = exclusive;

    /// <summary>
    /// What a seat is handed at most: what it computes at once, and what it runs through before this worker's loop
    /// could hand it more. Jobs that are called one by one are handed ahead
    /// only where they are short; and never exclusive ones, whose right to begin may end while they lie there.
    /// </summary>
    public int MostInHand =>
        Shape.Kind switch
        {
            ShapeKind.Stream => Shape.AtOnce + Math.Max(1, (int)(Pace.Ahead ?? 1)),
            ShapeKind.Single when !Exclusive => 1 + Pace.OnDeck,
            _ => Shape.AtOnce,
        };
}
