using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Sends messages to the server and passes on their replies. An implementation must not depend on the thread pool,
/// because a method may occupy the pool while its lease must still be renewed.
/// </summary>
internal interface IExchangeTransport : IDisposable
{
    /// <summary>
    /// Sends one message without waiting for its reply. The callback receives the reply, or the reason why none was
    /// received, at most once and on any thread. After an abort, it may not be called at all. The caller limits the
    /// time with <see cref="ISentMessage.TimeOut"/>.
    /// </summary>
    ISentMessage Send(ExchangeRequest request, Action<ExchangeAnswer> onAnswer);

    /// <summary>Sends the children of a running attempt, in the same way.</summary>
    ISentMessage Send(SubmitChildren request, Action<ExchangeAnswer> onAnswer);
}

/// <summary>Represents a message that was sent and whose reply is expected.</summary>
internal interface ISentMessage
{
    /// <summary>
    /// Closes the connection of the message, so that the server grants no leases to it (R7). Never waits.
    /// </summary>
    void Abort();

    /// <summary>Aborts the message because no reply arrived within the limit, and returns the reason.</summary>
    NoReply TimeOut(TimeSpan limit);
}

/// <summary>
/// Contains the reply to an exchange, the reply to a submission of children, or the reason why no reply was received.
/// </summary>
internal readonly record struct ExchangeAnswer
{
    private ExchangeAnswer(ExchangeReply? reply, NoReply? noReply) => (Reply, NoReply) = (reply, noReply);

    private ExchangeAnswer(SubmitReply children) => Children = children;

    public ExchangeReply? Reply { get; }

    public SubmitReply? Children { get; }

    public NoReply? NoReply { get; }

    public static implicit operator ExchangeAnswer(ExchangeReply reply) => new(reply, null);

    public static implicit operator ExchangeAnswer(SubmitReply children) => new(children);

    public static implicit operator ExchangeAnswer(NoReply noReply) => new(null, noReply);
}
