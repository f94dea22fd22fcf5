namespace Headrace.Apps.Pipeline.Runs;

/// <summary>A run of a pipeline or of a method server, which lasts until all its work has ended.</summary>
/// <param name="Name">The name of the pipeline: the queue from which it receives messages.</param>
/// <param name="Id">64 random bits, by which the jobs of this run are distinguished from those of others.</param>
/// <param name="Options">How its simulations are submitted.</param>
internal sealed record PipelineRun(string Name, string Id, RunOptions Options)
{
    /// <summary>64 random bits, by which this program is distinguished from others that work on the run.</summary>
    public required string Program { get; init; }

    /// <summary>True if an interrupted program left the run behind.</summary>
    public required bool IsResumed { get; init; }

    /// <summary>The number of chains that had failed when this program opened the run.</summary>
    public int Failed { get; init; }

    /// <summary>The queue of the jobs.</summary>
    public string Jobs => $"{Name}.jobs";

    /// <summary>
    /// The feed that delivers the ends of the jobs. Each run has its own, so a program that ends one cannot take the
    /// feed of the next.
    /// </summary>
    public string Feed => $"run-{Id}";

    /// <summary>The queue with the log of runs.</summary>
    public string Log => LogOf(Name);

    public static string LogOf(string name) => $"{name}.run";
}
