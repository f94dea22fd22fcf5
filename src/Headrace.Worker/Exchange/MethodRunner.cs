namespace Headrace.Worker.Exchange;

/// <summary>
/// Runs the jobs of one method in one worker; called by the worker's loop alone. It starts and never waits.
/// </summary>
internal abstract class MethodRunner
{
    /// <summary>Runs a job in a seat, or hands it to the stream that runs there.</summary>
    public abstract void Run(Attempt attempt, int seat);

    /// <summary>Runs jobs together.</summary>
    public virtual void RunTogether(IReadOnlyList<Attempt> attempts, int seat)
    {
        foreach (var attempt in attempts)
            Run(attempt, seat);
    }

    /// <summary>Nothing more comes.</summary>
    public virtual void Close() { }
}
