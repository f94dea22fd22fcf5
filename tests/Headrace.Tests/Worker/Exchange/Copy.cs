using Headrace.Protocol.Exchange;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>Serializes a message and parses it again, so that sender and receiver share no objects.</summary>
internal static class Copy
{
    public static ExchangeRequest Of(ExchangeRequest request) => ExchangeRequest.Read(BytesOf(request));

    public static ExchangeReply Of(ExchangeReply reply) => ExchangeReply.Read(BytesOf(reply));

    public static byte[] BytesOf<T>(T message)
        where T : IWireMessage => WireWriter.ToBytes(message);
}
