namespace Headrace.Worker.Leases;

/// <summary>Specifies how a method receives its jobs.</summary>
/// <param name="Kind">Whether jobs arrive one by one, as capacity becomes free, or in batches.</param>
/// <param name="MaxConcurrency">The maximum number of concurrent jobs in one slot.</param>
/// <param name="MaxWait">How long the first job in a batch waits for others.</param>
internal sealed record Shape(ShapeKind Kind, int MaxConcurrency, TimeSpan MaxWait)
{
    public static readonly Shape Single = new(ShapeKind.Single, 1, TimeSpan.Zero);

    /// <summary>
    /// Gets a value indicating whether the executor can kill a job that ignores its cancellation. A method in this
    /// process cannot be killed; the process must end instead.
    /// </summary>
    public bool CanKill { get; init; }

    /// <summary>
    /// Gets the sizes, in ascending order, at which a batch starts without waiting for more jobs. A batch of the
    /// largest size never waits.
    /// </summary>
    public IReadOnlyList<int> PreferredSizes { get; init; } = [];
}

internal enum ShapeKind
{
    /// <summary>One call for each job.</summary>
    Single,

    /// <summary>One call that reads jobs when it has capacity and ends each job when it is done.</summary>
    Stream,

    /// <summary>One call for a batch of jobs.</summary>
    Batch,
}
