namespace Headrace.Worker.Exchange;

/// <summary>
/// Runs the jobs of one method in one worker. Only the worker's loop calls it. It starts work and never waits.
/// </summary>
internal abstract class MethodRunner
{
    /// <summary>Runs a job in a slot, or passes it to the stream that runs there.</summary>
    public abstract void Run(JobAttempt attempt, int slot);

    /// <summary>Runs jobs as one batch.</summary>
    public virtual void RunBatch(IReadOnlyList<JobAttempt> attempts, int slot)
    {
        foreach (var attempt in attempts)
            Run(attempt, slot);
    }

    /// <summary>Ends the runner. No further jobs are passed to it.</summary>
    public virtual void Close() { }
}
