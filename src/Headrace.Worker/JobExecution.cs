using System.Diagnostics;

namespace Headrace.Worker;

/// <summary>
/// Represents one execution of a job by an <see cref="IMethodExecutor"/>, which ends it with <see cref="End"/>.
/// </summary>
public abstract class JobExecution : JobContext
{
    private protected JobExecution() { }

    /// <summary>
    /// Gets the params as submitted: JSON text in UTF-8, or empty if there are none. The server has validated them
    /// against the schema of the method.
    /// </summary>
    public abstract ReadOnlyMemory<byte> Params { get; }

    /// <summary>
    /// Gets the time limit of the job; null when it has none. The worker enforces the limit by cancelling
    /// <see cref="CancellationToken"/>.
    /// </summary>
    public abstract TimeSpan? TimeLimit { get; }

    /// <summary>
    /// Gets the token that is cancelled when the execution should stop: after a cancel request, at the time limit, or
    /// when the lease no longer belongs to this worker. The execution has ten seconds to stop, or less if its method is
    /// exclusive and its lease is about to expire. Any outcome other than success then counts as cancelled.
    /// </summary>
    public abstract CancellationToken CancellationToken { get; }

    /// <summary>
    /// Gets the token that is cancelled if the execution has not stopped in time. The executor must kill it now, for
    /// example by killing its process, and end the job. If it does not end the job within two seconds, the worker ends
    /// its own process.
    /// </summary>
    public abstract CancellationToken KillToken { get; }

    /// <summary>Gets the span of the attempt; null when it has none.</summary>
    internal virtual Activity? Span => null;

    /// <summary>Gets a sentence that states why the execution should stop.</summary>
    internal virtual string StopText => "The job was cancelled.";

    /// <summary>
    /// Adds a line to the log of the attempt. Bytes that are not valid UTF-8 are replaced. The last 64 KB are kept.
    /// </summary>
    /// <param name="line">The text of the line in UTF-8, without the line feed.</param>
    public abstract void Log(ReadOnlySpan<byte> line);

    /// <summary>Ends the job. Can be called from any thread; the first call wins.</summary>
    /// <param name="outcome">How the execution ended.</param>
    public abstract void End(JobOutcome outcome);
}
