using Headrace.Protocol.Exchange;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>A message as it arrives: written and read again, so that nobody shares what is sent.</summary>
internal static class Copy
{
    public static ExchangeRequest Of(ExchangeRequest request) => ExchangeRequest.Read(BytesOf(request));

    public static ExchangeReply Of(ExchangeReply reply) => ExchangeReply.Read(BytesOf(reply));

    public static byte[] BytesOf<T>(T message)
        where T : IWireMessage => WireWriter.ToBytes(message);
}
