using Headrace.Core.Scaling;
using Headrace.Protocol.Json;

namespace Headrace.Server.Pools;

/// <summary>
/// The definition of a pool. Values that are not set in the pool options are taken from the server options. A pool
/// without a list of methods offers all methods of its worker program.
/// </summary>
internal sealed record PoolDefinition(string Name, IReadOnlyList<string> Methods, ScalingPolicy Policy)
{
    /// <summary>The program of the pool's workers; null for the server's worker program.</summary>
    public PoolCommand? Command { get; init; }

    /// <summary>The pool name if the server is configured with a number of workers instead of pools.</summary>
    public const string Local = "local";

    public static PoolDefinition Fixed(int workers) =>
        new(Local, [], new ScalingPolicy { Min = workers, Max = workers });

    public static PoolDefinition Of(PoolOptions pool, ScalingPolicy defaults) =>
        new(
            pool.Name,
            pool.Methods,
            defaults with
            {
                Min = pool.Min,
                Max = pool.Max,
                UpAfter = pool.UpAfter ?? defaults.UpAfter,
                IdleAfter = pool.IdleAfter ?? defaults.IdleAfter,
            }
        )
        {
            Command = pool.Command,
        };

    /// <summary>The minimum number of workers.</summary>
    public int Least => Policy.Min;

    public override string ToString() =>
        $"{Name}: {Policy.Min} to {Policy.Max} workers, adds one when a job has been waiting for "
        + $"{DurationText.ToText(Policy.UpAfter)}";
}
