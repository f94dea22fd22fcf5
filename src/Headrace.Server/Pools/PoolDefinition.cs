using Headrace.Core.Scaling;
using Headrace.Protocol.Json;

namespace Headrace.Server.Pools;

/// <summary>A pool with the server's defaults filled in. Without methods its workers offer all they have.</summary>
internal sealed record PoolDefinition(string Name, IReadOnlyList<string> Methods, ScalingPolicy Policy)
{
    /// <summary>The pool of a server that is given a number of workers and no pools.</summary>
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
        );

    /// <summary>Workers that it always has.</summary>
    public int Least => Policy.Min;

    public override string ToString() =>
        $"{Name}: {Policy.Min} to {Policy.Max} workers, one more when work has waited "
        + $"{DurationText.ToText(Policy.UpAfter)}";
}
