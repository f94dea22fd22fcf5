using Headrace.Core;

namespace Headrace.Server.Pools;

/// <summary>A pool of local workers that grows and shrinks.</summary>
public sealed record PoolOptions
{
    /// <summary>A name with the longest host name and a number must fit into a worker's name.</summary>
    private const int MaxNameLength = 28;

    /// <summary>A larger number of processes is a mistake on one machine.</summary>
    private const int MaxWorkers = 1_000;

    /// <summary>1 to 28 characters, as in a queue's name.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The methods that its workers offer, without versions; empty for all that the worker program has.
    /// </summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Workers that always run; 0 by default.</summary>
    public int Min { get; init; }

    /// <summary>The most workers at once; 3 by default.</summary>
    public int Max { get; init; } = 3;

    /// <summary>
    /// A worker is added when the oldest job has waited longer; null for the server's <c>ScalingUpAfter</c>.
    /// </summary>
    public TimeSpan? UpAfter { get; init; }

    /// <summary>A worker that has been idle for longer stops; null for the server's <c>ScalingIdleAfter</c>.</summary>
    public TimeSpan? IdleAfter { get; init; }

    /// <summary>Adds every fault of the pools, each with value and remedy.</summary>
    internal static void Validate(IReadOnlyList<PoolOptions> pools, List<string> faults)
    {
        if (pools.Count == 0)
            faults.Add("The list of pools is empty. Name at least one, or give a number of workers.");
        foreach (var pool in pools)
            pool.Validate(faults);
        foreach (var twice in pools.GroupBy(pool => pool.Name).Where(same => same.Count() > 1))
            faults.Add($"The pool '{twice.Key}' is named twice.");
    }

    private void Validate(List<string> faults)
    {
        if (!QueueName.TryParse(Name, out _) || Name.Length > MaxNameLength)
            faults.Add($"'{Name}' is not a pool name: {NameFormat.Description}, and at most {MaxNameLength} of them.");
        foreach (var method in Methods)
            if (!MethodRef.TryParse(method, out var parsed) || parsed.Version != 0)
                faults.Add($"The pool '{Name}' names the method '{method}'. Give names without versions.");
        if (Min is < 0 or > MaxWorkers || Max is < 0 or > MaxWorkers)
            faults.Add($"The pool '{Name}' has min={Min} and max={Max}: give 0 to {MaxWorkers}.");
        else if (Max < Min)
            faults.Add($"The pool '{Name}' has min={Min} and max={Max}: give a max of at least min.");
        if (IdleAfter <= TimeSpan.Zero)
            faults.Add($"The pool '{Name}' has an idle_after of {IdleAfter}: give more than 0.");
    }
}
