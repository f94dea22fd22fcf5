using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Headrace.Apps.Pipeline.Chains;
using Headrace.Apps.Pipeline.Simulating;
using Headrace.Worker;
using Headrace.Worker.Processes;

namespace Headrace.Apps.Pipeline;

/// <summary>
/// The methods of the task pipeline. A chain of jobs simulates a parameter, records the value, and evaluates it: an
/// even value starts a new chain.
/// </summary>
public static class PipelineApp
{
    /// <summary>The method that simulates a parameter.</summary>
    public const string Simulate = "pipeline.simulate";

    /// <summary>The method that records the value of a parameter.</summary>
    public const string UpdateCache = "pipeline.update_cache";

    /// <summary>The method that decides whether a value starts a new chain.</summary>
    public const string Evaluate = "pipeline.evaluate";

    /// <summary>
    /// The number of simulations that run at a time with <c>--demo seed003</c>: that of the original, which limits the
    /// load on the node that starts MPI programs.
    /// </summary>
    public const int DefaultSimulations = 2;

    /// <summary>Registers the methods with the worker.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="program">The command line that starts this program without a command.</param>
    /// <param name="executions">The executions of the programs that the worker runs.</param>
    internal static IReadOnlyList<MethodBuilder> Map(
        HeadraceWorker worker,
        IReadOnlyList<string> program,
        Executions executions
    ) => [SimulateMethod.Map(worker, program, executions), MapUpdateCache(worker), MapEvaluate(worker)];

    private static MethodBuilder MapUpdateCache(HeadraceWorker worker) =>
        worker.MapMethod(
            UpdateCache,
            (
                [Description("The simulated parameter."), Range(-Limits.Param, Limits.Param)] long param,
                [Description("The value of the simulation."), Range(-Limits.Value, Limits.Value)] long value
            ) => new CacheEntry(param, value)
        );

    private static MethodBuilder MapEvaluate(HeadraceWorker worker) =>
        worker.MapMethod(
            Evaluate,
            (
                [Description("The simulated parameter."), Range(-Limits.Param, Limits.Param)] long param,
                [Description("The value of the simulation."), Range(-Limits.Value, Limits.Value)] long value
            ) => new Evaluation(param, value, ChainRule.NextParam(value))
        );

    /// <summary>An entry of the cache. It is durable, because it is the result of a job.</summary>
    private sealed record CacheEntry(long Param, long Value);

    /// <summary>The evaluation of a value.</summary>
    /// <param name="Param">The simulated parameter.</param>
    /// <param name="Value">The value of the simulation.</param>
    /// <param name="Next">The parameter of the next chain; null if the value starts none.</param>
    private sealed record Evaluation(long Param, long Value, long? Next);
}
