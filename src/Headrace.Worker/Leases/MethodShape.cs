namespace Headrace.Worker.Leases;

/// <summary>Contains the shape of a method and the recent run times of its jobs.</summary>
internal sealed class MethodShape(Shape shape, bool exclusive, int slots)
{
    /// <summary>
    /// Gets the number of slots that a call of the method occupies. All jobs of a call share these slots.
    /// </summary>
    public int Slots { get; } = slots;

    public Shape Shape { get; } = shape;

    public PrefetchRule Pace { get; } = new(shape);

    /// <summary>Gets a value indicating whether two attempts of a job must never run at the same time (R11).</summary>
    public bool Exclusive { get; } = exclusive;

    /// <summary>
    /// Gets the maximum number of jobs assigned to a call: the jobs that it processes concurrently, and the jobs that
    /// it completes before the loop can assign more. Jobs of single-call methods are assigned in advance only when they
    /// are short. Exclusive jobs are never assigned in advance, because the right to start them can expire while they
    /// wait.
    /// </summary>
    public int MaxPerSlot =>
        Shape.Kind switch
        {
            ShapeKind.Stream => Shape.MaxConcurrency + Math.Max(1, (int)(Pace.Prefetch ?? 1)),
            ShapeKind.Single when !Exclusive => 1 + Pace.LocalQueueLength,
            _ => Shape.MaxConcurrency,
        };
}
