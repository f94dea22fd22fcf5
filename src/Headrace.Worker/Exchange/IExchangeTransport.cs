using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>Sends one message to the server and returns its reply.</summary>
internal interface IExchangeTransport : IDisposable
{
    /// <summary>
    /// Returns the reply, or the reason why no reply was received. Cancelling the call closes its connection, so that
    /// the server grants no leases to a closed connection (R7), and throws an exception.
    /// </summary>
    Task<ExchangeAnswer> ExchangeAsync(ExchangeRequest request, CancellationToken cancellationToken);
}

/// <summary>Contains either a reply or the reason why no reply was received.</summary>
internal readonly record struct ExchangeAnswer
{
    private ExchangeAnswer(ExchangeReply? reply, NoReply? noReply) => (Reply, NoReply) = (reply, noReply);

    public ExchangeReply? Reply { get; }

    public NoReply? NoReply { get; }

    public static implicit operator ExchangeAnswer(ExchangeReply reply) => new(reply, null);

    public static implicit operator ExchangeAnswer(NoReply noReply) => new(null, noReply);
}
