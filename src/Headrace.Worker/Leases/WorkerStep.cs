using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;

namespace Headrace.Worker.Leases;

/// <summary>
/// Represents a step that the loop executes for the state machine. Steps are executed in the order in which they are
/// returned.
/// </summary>
internal abstract record WorkerStep
{
    /// <summary>Sends a message. The message counts as unanswered if no reply arrives within the timeout.</summary>
    public sealed record Send(long Message, ExchangeRequest Request, TimeSpan Timeout) : WorkerStep;

    /// <summary>Closes the connection of a message whose reply is no longer needed.</summary>
    public sealed record Abort(long Message) : WorkerStep;

    /// <summary>
    /// Runs the method of a job after the jobs that are already in the slot, or passes the job to the stream that is
    /// running there. For a job assigned in advance, the method reports the start.
    /// </summary>
    public sealed record Run(LeasedJob Job, int Slot, bool ReportsStart) : WorkerStep;

    /// <summary>Calls the method once for all of these jobs.</summary>
    public sealed record RunBatch(IReadOnlyList<LeasedJob> Jobs, int Slot) : WorkerStep;

    /// <summary>
    /// Cancels the token of a running method. An assigned job that has not started ends immediately. The reason is
    /// <see cref="StopReason.None"/> if the worker stops the job for its own reason, such as a lost lease.
    /// </summary>
    public sealed record Cancel(LeaseToken Lease, StopReason Reason) : WorkerStep;

    /// <summary>Asks the executor to kill the execution, which did not stop after its token was cancelled.</summary>
    public sealed record Kill(LeaseToken Lease) : WorkerStep;

    /// <summary>Ends an assigned job if it has not started.</summary>
    public sealed record Recall(LeaseToken Lease) : WorkerStep;

    /// <summary>Wakes the state machine at this time unless an event arrives earlier.</summary>
    public sealed record WakeAt(Elapsed Elapsed) : WorkerStep;

    /// <summary>Writes a message to the log of this process.</summary>
    public sealed record Log(string Message) : WorkerStep;

    /// <summary>Ends the process.</summary>
    public sealed record Exit(int Code, string Reason) : WorkerStep;
}
