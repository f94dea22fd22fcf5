using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Pipeline.Runs;

/// <summary>
/// How the simulations of a run are submitted, and where its messages are. Stored with the run, so that a restart does
/// not change it.
/// </summary>
internal sealed record RunOptions
{
    /// <summary>The method that simulates a parameter.</summary>
    public string Method { get; init; } = PipelineApp.Simulate;

    /// <summary>Multiplies the duration of <c>pipeline.simulate</c>.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The seed of <c>pipeline.simulate</c>; 0 draws different values in each run.</summary>
    public long Seed { get; init; }

    /// <summary>The time limit of one attempt, such as <c>1m</c>.</summary>
    public string TimeLimit { get; init; } = DefaultTimeLimit;

    /// <summary>The number of further attempts; null for that of the method.</summary>
    public int? Retries { get; init; }

    /// <summary>
    /// The Redis whose lists the run uses; null for queues of the Headrace server. The messages that the run holds are
    /// there, so it cannot continue on another one.
    /// </summary>
    public string? Redis { get; init; }

    /// <summary>A simulation of the default duration takes 2 s.</summary>
    public const string DefaultTimeLimit = "1m";

    /// <summary>Returns the submission of a simulation, without its queue, tags and key.</summary>
    public JobRequest Simulate(long param) =>
        (
            Method.Split('@')[0] == PipelineApp.Simulate
                ? JobRequest.Create(Method, new { param, scale = Scale, seed = Seed })
                : JobRequest.Create(Method, new { param })
        ) with
        {
            TimeLimit = DurationText.TryParse(TimeLimit, out var limit) ? limit : null,
            Retries = Retries,
        };
}
