namespace Headrace.Apps.Pipeline.Runs;

/// <summary>A run of a pipeline or of a method server, which lasts until all its work has ended.</summary>
/// <param name="Name">The name of the pipeline: the queue from which it receives messages.</param>
/// <param name="Id">64 random bits, by which the jobs of this run are distinguished from those of others.</param>
/// <param name="Options">How its simulations are submitted.</param>
/// <param name="IsResumed">True if an interrupted program left the run behind.</param>
internal sealed record PipelineRun(string Name, string Id, RunOptions Options, bool IsResumed)
{
    /// <summary>The queue of the jobs, and the name of the feed that delivers their ends.</summary>
    public string Jobs => JobsOf(Name);

    /// <summary>The queue with the message that marks the run as unfinished.</summary>
    public string Marker => MarkerOf(Name);

    public static string JobsOf(string name) => $"{name}.jobs";

    public static string MarkerOf(string name) => $"{name}.run";
}
