namespace Headrace.Worker.Leases;

/// <summary>How a method takes its jobs.</summary>
/// <param name="Kind">One by one, as lanes come free, or together.</param>
/// <param name="AtOnce">How many it has in hand at once in one slot.</param>
/// <param name="Within">How long jobs wait for others to come together with.</param>
internal sealed record Shape(ShapeKind Kind, int AtOnce, TimeSpan Within)
{
    public static readonly Shape Single = new(ShapeKind.Single, 1, TimeSpan.Zero);
}

internal enum ShapeKind
{
    /// <summary>A call a job.</summary>
    Single,

    /// <summary>The method takes jobs when it can, and ends each when it is done.</summary>
    Stream,

    /// <summary>A call for many jobs that came together.</summary>
    Batch,
}
