using Google.Protobuf;
using Headrace.Protocol.Exchange;
using Headrace.Tests.Worker.Exchange;
using Xunit.Sdk;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Tests.Protocol.Exchange;

/// <summary>
/// One of the two messages as both codecs have it: the generated one, which is the contract, and the one by hand.
/// </summary>
public sealed class MessageForm : IXunitSerializable
{
    private static readonly Wire.Lease NoLease = new();

    public MessageForm() { }

    public MessageForm(string name) => Name = name;

    public string Name { get; private set; } = "";

    private bool IsRequest => Name == nameof(ExchangeRequest);

    internal IMessage Make(RandomMessages messages) => IsRequest ? messages.Request() : messages.Reply();

    /// <summary>Read by hand and written by hand.</summary>
    public byte[] ThroughHand(byte[] bytes) =>
        IsRequest ? Copy.BytesOf(ExchangeRequest.Read(bytes)) : Copy.BytesOf(ExchangeReply.Read(bytes));

    /// <summary>
    /// Read by the generated code and written by it, without what the contract does not know, and without leases that
    /// are there and empty: by hand those are absent.
    /// </summary>
    public byte[] ThroughGenerated(byte[] bytes)
    {
        if (!IsRequest)
        {
            var reply = Wire.ExchangeReply.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
            foreach (var job in reply.Leases.Where(job => NoLease.Equals(job.Lease)))
                job.Lease = null;
            foreach (var item in reply.Recorded.Where(item => NoLease.Equals(item.Lease)))
                item.Lease = null;
            foreach (var order in reply.Wanted.Where(order => NoLease.Equals(order.Lease)))
                order.Lease = null;
            while (reply.Stop.Remove(NoLease)) { }
            return reply.ToByteArray();
        }
        var request = Wire.ExchangeRequest.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        foreach (var held in request.Held.Where(held => NoLease.Equals(held.Lease)))
            held.Lease = null;
        foreach (var outcome in request.Outcomes.Where(outcome => NoLease.Equals(outcome.Lease)))
            outcome.Lease = null;
        foreach (var log in request.Logs.Where(log => NoLease.Equals(log.Lease)))
            log.Lease = null;
        return request.ToByteArray();
    }

    public void Serialize(IXunitSerializationInfo info) => info.AddValue(nameof(Name), Name);

    public void Deserialize(IXunitSerializationInfo info) => Name = info.GetValue<string>(nameof(Name))!;

    public override string ToString() => Name;
}
