using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Wire;

namespace Headrace.Worker.Leases;

/// <summary>What the loop must do for a worker, in this order.</summary>
internal abstract record WorkerStep
{
    /// <summary>Send a message. Without a reply within the patience it is unanswered.</summary>
    public sealed record Send(long Message, ExchangeRequest Request, TimeSpan Patience) : WorkerStep;

    /// <summary>Nobody reads the reply to this message any more: close its connection.</summary>
    public sealed record GiveUp(long Message) : WorkerStep;

    /// <summary>Run the job's method.</summary>
    public sealed record Run(LeasedJob Job) : WorkerStep;

    /// <summary>Cancel the token of a running method.</summary>
    public sealed record Cancel(LeaseToken Lease) : WorkerStep;

    /// <summary>Wake at this time, if nothing happens before.</summary>
    public sealed record WakeAt(Elapsed Elapsed) : WorkerStep;

    /// <summary>Tell whoever watches this process.</summary>
    public sealed record Say(string Words) : WorkerStep;

    /// <summary>End the process.</summary>
    public sealed record Exit(int Code, string Why) : WorkerStep;
}
