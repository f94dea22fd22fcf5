using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;

namespace Headrace.Worker.Leases;

/// <summary>What the loop must do for a worker, in this order.</summary>
internal abstract record WorkerStep
{
    /// <summary>Send a message. Without a reply within the patience it is unanswered.</summary>
    public sealed record Send(long Message, ExchangeRequest Request, TimeSpan Patience) : WorkerStep;

    /// <summary>Nobody reads the reply to this message any more: close its connection.</summary>
    public sealed record GiveUp(long Message) : WorkerStep;

    /// <summary>
    /// Run the job's method, after those that the seat has; hand the job to it where it is a stream. One that is handed
    /// ahead is heard of when it begins.
    /// </summary>
    public sealed record Run(LeasedJob Job, int Seat, bool Ahead) : WorkerStep;

    /// <summary>Run the method once for all of these jobs.</summary>
    public sealed record RunTogether(IReadOnlyList<LeasedJob> Jobs, int Seat) : WorkerStep;

    /// <summary>
    /// Cancel the token of a running method; a job that was handed over and has not begun ends at once.
    /// </summary>
    public sealed record Cancel(LeaseToken Lease) : WorkerStep;

    /// <summary>End a job that was handed over, if it has not begun.</summary>
    public sealed record TakeBack(LeaseToken Lease) : WorkerStep;

    /// <summary>Wake at this time, if nothing happens before.</summary>
    public sealed record WakeAt(Elapsed Elapsed) : WorkerStep;

    /// <summary>Tell whoever watches this process.</summary>
    public sealed record Say(string Words) : WorkerStep;

    /// <summary>End the process.</summary>
    public sealed record Exit(int Code, string Why) : WorkerStep;
}
