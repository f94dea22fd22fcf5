using Headrace.Protocol.Exchange;
using Headrace.Server.Http;

namespace Headrace.Server.Workers;

/// <summary>A reply to a worker, and the memory reserved for it. Dispose of it when the reply has been sent.</summary>
internal sealed class OutgoingReply(ExchangeReply reply, ReplyBudget.Reservation memory) : IDisposable
{
    public ExchangeReply Reply { get; } = reply;

    public void Dispose() => memory.Dispose();
}
