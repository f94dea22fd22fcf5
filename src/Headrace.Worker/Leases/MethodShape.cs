namespace Headrace.Worker.Leases;

/// <summary>A method as the machine sees it: its shape, and how long its jobs took of late.</summary>
internal sealed class MethodShape(Shape shape)
{
    public Shape Shape { get; } = shape;

    public PrefetchRule Pace { get; } = new(shape.AtOnce);

    /// <summary>What a stream is handed at most: its lanes, and what they run through before this worker's loop could hand them more.</summary>
    public int MostInHand => Shape.AtOnce + Math.Max(1, (int)(Pace.Ahead ?? 1));
}
