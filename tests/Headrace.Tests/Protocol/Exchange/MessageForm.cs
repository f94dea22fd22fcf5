using System.Text;
using Google.Protobuf;
using Headrace.Protocol.Exchange;
using Xunit.Sdk;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Tests.Protocol.Exchange;

/// <summary>One of the message types, with both codecs: Google's, which defines the format, and ours.</summary>
public sealed class MessageForm : IXunitSerializable
{
    public MessageForm() { }

    public MessageForm(string name) => Name = name;

    public string Name { get; private set; } = "";

    internal IMessage Make(RandomMessages messages) =>
        Name switch
        {
            nameof(ExchangeRequest) => messages.Request(),
            nameof(ExchangeReply) => messages.Reply(),
            nameof(SubmitJob) => messages.Submission(),
            nameof(SubmitReply) => messages.SubmitReply(),
            _ => throw Unknown(),
        };

    /// <summary>Reads the message and writes it again, using our codec.</summary>
    public byte[] ThroughOurs(byte[] bytes) =>
        Name switch
        {
            nameof(ExchangeRequest) => WireWriter.ToBytes(ExchangeRequest.Read(bytes)),
            nameof(ExchangeReply) => WireWriter.ToBytes(ExchangeReply.Read(bytes)),
            nameof(SubmitJob) => WireWriter.ToBytes(SubmitJob.Read(bytes)),
            nameof(SubmitReply) => WireWriter.ToBytes(SubmitReply.Read(bytes)),
            _ => throw Unknown(),
        };

    /// <summary>
    /// Reads the message and writes it again using Google's codec, without fields that the contract does not define.
    /// </summary>
    public byte[] ThroughGoogles(byte[] bytes) => Parser.ParseFrom(bytes).ToByteArray();

    /// <summary>Reads JSON text with our codec and returns the message in Protobuf.</summary>
    public byte[] OfJsonByOurs(byte[] utf8) =>
        Name == nameof(ExchangeRequest)
            ? WireWriter.ToBytes(ExchangeRequest.ReadJson(utf8))
            : WireWriter.ToBytes(ExchangeReply.ReadJson(utf8));

    /// <summary>Reads JSON text with Google's codec and returns the message in Protobuf.</summary>
    public byte[] OfJsonByGoogles(byte[] utf8) =>
        Parser.ParseJson(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8)).ToByteArray();

    /// <summary>Returns the JSON text that our codec writes for a message in Protobuf.</summary>
    public byte[] ToJson(byte[] bytes)
    {
        var json = new System.Buffers.ArrayBufferWriter<byte>();
        if (Name == nameof(ExchangeRequest))
            JsonWireWriter.Write(ExchangeRequest.Read(bytes), json);
        else
            JsonWireWriter.Write(ExchangeReply.Read(bytes), json);
        return json.WrittenSpan.ToArray();
    }

    public void Serialize(IXunitSerializationInfo info) => info.AddValue(nameof(Name), Name);

    public void Deserialize(IXunitSerializationInfo info) => Name = info.GetValue<string>(nameof(Name))!;

    public override string ToString() => Name;

    private MessageParser Parser =>
        Name switch
        {
            nameof(ExchangeRequest) => Wire.ExchangeRequest.Parser.WithDiscardUnknownFields(true),
            nameof(ExchangeReply) => Wire.ExchangeReply.Parser.WithDiscardUnknownFields(true),
            nameof(SubmitJob) => Wire.SubmitJob.Parser.WithDiscardUnknownFields(true),
            nameof(SubmitReply) => Wire.SubmitReply.Parser.WithDiscardUnknownFields(true),
            _ => throw Unknown(),
        };

    private InvalidOperationException Unknown() => new($"Unknown message type {Name}: the test has no parser for it.");
}
