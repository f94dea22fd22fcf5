using Headrace.Core;

namespace Headrace.Server.Pools;

/// <summary>A pool of local workers that scales between a minimum and a maximum.</summary>
public sealed record PoolOptions
{
    /// <summary>
    /// Maximum length, which ensures that the pool name, the longest host name and a number fit into a worker name.
    /// </summary>
    private const int MaxNameLength = 28;

    /// <summary>
    /// Maximum number of workers. A larger number on one machine is assumed to be a configuration error.
    /// </summary>
    private const int MaxWorkers = 1_000;

    /// <summary>The name of the pool: 1 to 28 characters that are allowed in a queue name.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The methods that the pool's workers offer, without versions. If the list is empty, they offer all methods of the
    /// worker program.
    /// </summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>
    /// The program of the pool's workers; null for the server's worker program. If a program is specified,
    /// <see cref="Methods"/> must be empty, because the server obtains the methods from the program itself.
    /// </summary>
    public PoolCommand? Command { get; init; }

    /// <summary>Minimum number of workers; 0 by default.</summary>
    public int Min { get; init; }

    /// <summary>Maximum number of workers; 3 by default.</summary>
    public int Max { get; init; } = 3;

    /// <summary>
    /// How long the oldest job must wait before a worker is added; null for the server's <c>ScalingUpAfter</c>.
    /// </summary>
    public TimeSpan? UpAfter { get; init; }

    /// <summary>
    /// How long a worker must be idle before it is stopped; null for the server's <c>ScalingIdleAfter</c>.
    /// </summary>
    public TimeSpan? IdleAfter { get; init; }

    /// <summary>
    /// Adds every error in the pool options to <paramref name="faults"/>, each with the invalid value and a remedy.
    /// </summary>
    internal static void Validate(IReadOnlyList<PoolOptions> pools, List<string> faults)
    {
        if (pools.Count == 0)
            faults.Add("The list of pools is empty. Add at least one pool, or set the number of workers instead.");
        foreach (var pool in pools)
            pool.Validate(faults);
        foreach (var twice in pools.GroupBy(pool => pool.Name).Where(same => same.Count() > 1))
            faults.Add($"Pool '{twice.Key}' is defined twice. Use a different name for one of them.");
    }

    private void Validate(List<string> faults)
    {
        if (!QueueName.TryParse(Name, out _) || Name.Length > MaxNameLength)
            faults.Add($"'{Name}' is not a valid pool name. Use 1 to {MaxNameLength} {NameFormat.Characters}.");
        foreach (var method in Methods)
            if (!MethodRef.TryParse(method, out var parsed))
                faults.Add(
                    $"Pool '{Name}' lists '{method}', which is not a valid method name. Use a name such as sha512."
                );
            else if (parsed.Version != 0)
                faults.Add($"Pool '{Name}' lists '{method}'. Use the method name without a version: {parsed.Name}.");
        if (Command is not null && Methods.Count > 0)
            faults.Add(
                $"Pool '{Name}' has a command and a list of methods ({string.Join(", ", Methods)}). Remove the list: "
                    + "the server learns the methods from the program."
            );
        Command?.Validate(Name, faults);
        if (Min is < 0 or > MaxWorkers || Max is < 0 or > MaxWorkers)
            faults.Add($"Pool '{Name}' has min={Min} and max={Max}. Use values from 0 to {MaxWorkers}.");
        else if (Max < Min)
            faults.Add($"Pool '{Name}' has min={Min} and max={Max}. max must not be less than min.");
        if (IdleAfter <= TimeSpan.Zero)
            faults.Add($"Pool '{Name}' has idle_after {IdleAfter}. Use a duration greater than 0.");
    }
}
