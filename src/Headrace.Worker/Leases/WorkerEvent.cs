using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Worker.Leases;

/// <summary>What happens to a worker.</summary>
internal abstract record WorkerEvent
{
    /// <summary>All that waited has been told, or the time asked for has come: decide what to do.</summary>
    public sealed record Woke : WorkerEvent;

    /// <summary>A message was answered.</summary>
    public sealed record Replied(long Message, ExchangeReply Reply) : WorkerEvent;

    /// <summary>A message was not answered, or not with a reply.</summary>
    public sealed record Unanswered(long Message, Silence Why) : WorkerEvent;

    /// <summary>A running method said something; null for what has not changed.</summary>
    public sealed record Spoke(LeaseToken Lease, Progress? Progress, byte[]? Log) : WorkerEvent;

    /// <summary>A method has taken a job that was handed to it ahead, and works on it from here.</summary>
    public sealed record Began(LeaseToken Lease) : WorkerEvent;

    /// <summary>The call for many jobs in this seat has returned.</summary>
    public sealed record Returned(int Seat) : WorkerEvent;

    /// <summary>A method has returned or thrown, or has ended this one of its jobs.</summary>
    public sealed record Ended(LeaseToken Lease, MethodEnd End) : WorkerEvent;

    /// <summary>Somebody asks this process to take nothing more and to end when what runs is done.</summary>
    public sealed record DrainAsked(string Why) : WorkerEvent;

    /// <summary>Somebody asks it to let go of what runs, too.</summary>
    public sealed record AbandonAsked : WorkerEvent;
}

/// <summary>
/// Why a message got no reply. <paramref name="ServerThere"/>: a server answered and may do better later.
/// <paramref name="Final"/>: the same message would always be refused.
/// </summary>
internal sealed record Silence(string Words, bool ServerThere = false, bool Final = false);

/// <summary>
/// How a method ended a job. Cancelled means that it ended otherwise than well after its token was cancelled, released
/// that it had not begun.
/// </summary>
internal sealed record MethodEnd(Kind Kind)
{
    public ReadOnlyMemory<byte> Result { get; init; }
    public string ContentType { get; init; } = "";
    public OutcomeError? Error { get; init; }
    public OutcomeMetrics? Metrics { get; init; }

    /// <summary>From its begin to its end; null where it never began.</summary>
    public TimeSpan? Took { get; init; }

    /// <summary>The final log tail; null when nothing was logged.</summary>
    public byte[]? Log { get; init; }
}
