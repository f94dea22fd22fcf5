namespace Headrace.Protocol.Exchange;

/// <summary>A message that can also be written as JSON, in the proto3 JSON mapping.</summary>
internal interface IJsonWireMessage : IWireMessage
{
    void WriteTo(JsonWireWriter writer);
}
