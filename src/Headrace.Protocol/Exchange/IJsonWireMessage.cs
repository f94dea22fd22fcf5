namespace Headrace.Protocol.Exchange;

/// <summary>A message that also has a JSON form, the proto3 JSON mapping.</summary>
internal interface IJsonWireMessage : IWireMessage
{
    void WriteTo(JsonWireWriter writer);
}
