using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>Carries one message to the server and its reply back.</summary>
internal interface IExchangeTransport : IDisposable
{
    /// <summary>
    /// The reply, or why there is none. A cancelled call closes its connection, so that the server grants nothing into
    /// it (R7), and throws.
    /// </summary>
    Task<ExchangeAnswer> ExchangeAsync(ExchangeRequest request, CancellationToken cancellationToken);
}

/// <summary>Either a reply, or the reason why there is none.</summary>
internal readonly record struct ExchangeAnswer
{
    private ExchangeAnswer(ExchangeReply? reply, Silence? silence) => (Reply, Silence) = (reply, silence);

    public ExchangeReply? Reply { get; }

    public Silence? Silence { get; }

    public static implicit operator ExchangeAnswer(ExchangeReply reply) => new(reply, null);

    public static implicit operator ExchangeAnswer(Silence silence) => new(null, silence);
}
