using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Worker.Leases;

/// <summary>Represents an event of the worker's state machine.</summary>
internal abstract record WorkerEvent
{
    /// <summary>
    /// All pending events were delivered, or the requested wake time was reached. The state machine must now decide
    /// what to do.
    /// </summary>
    public sealed record Woke : WorkerEvent;

    public sealed record Replied(long Message, ExchangeReply Reply) : WorkerEvent;

    /// <summary>A message received no reply.</summary>
    public sealed record NotReplied(long Message, NoReply Reason) : WorkerEvent;

    /// <summary>A running method reported progress or log lines. A value that has not changed is null.</summary>
    public sealed record ProgressReported(LeaseToken Lease, Progress? Progress, byte[]? Log) : WorkerEvent;

    /// <summary>A method has started a job that was assigned to it in advance.</summary>
    public sealed record Started(LeaseToken Lease) : WorkerEvent;

    /// <summary>The batch in this slot was processed.</summary>
    public sealed record CallReturned(int Slot) : WorkerEvent;

    /// <summary>A method has returned or thrown, or has ended this job explicitly.</summary>
    public sealed record Ended(LeaseToken Lease, MethodEnd End) : WorkerEvent;

    /// <summary>The worker now offers different methods. Jobs that it already holds are not affected.</summary>
    public sealed record MethodsChanged(IReadOnlyList<Offer> Offers, IReadOnlyDictionary<MethodRef, Shape> Shapes)
        : WorkerEvent;

    /// <summary>
    /// A drain was requested. The worker accepts no more jobs and exits when its running jobs have ended.
    /// </summary>
    public sealed record DrainRequested(string Reason) : WorkerEvent;

    /// <summary>A stop was requested. The worker also abandons its running jobs.</summary>
    public sealed record AbandonRequested : WorkerEvent;
}

/// <summary>
/// Describes why no reply to a message was received. <paramref name="ServerReachable"/> is true if the server is
/// reachable and may accept the message later. <paramref name="IsPermanent"/> is true if the server would always reject
/// the message.
/// </summary>
internal sealed record NoReply(string Message, bool ServerReachable = false, bool IsPermanent = false);

/// <summary>
/// Describes how a method ended a job. The kind is Cancelled if the method did not succeed after its token was
/// cancelled, and Released if the job had not started.
/// </summary>
internal sealed record MethodEnd(Kind Kind)
{
    public ReadOnlyMemory<byte> Result { get; init; }
    public string ContentType { get; init; } = "";
    public OutcomeError? Error { get; init; }

    /// <summary>Gets, for a crash, whether the crashed process was running only this job.</summary>
    public bool WasAlone { get; init; }
    public OutcomeMetrics? Metrics { get; init; }

    /// <summary>Gets the run time; null when the job never started.</summary>
    public TimeSpan? Took { get; init; }

    /// <summary>Gets the final log tail; null when nothing was logged.</summary>
    public byte[]? Log { get; init; }
}
