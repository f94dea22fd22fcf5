namespace Headrace.Protocol.Exchange;

/// <summary>
/// A message that writes its fields in the order of their numbers, without those that have their default: byte for byte
/// what the generated code writes.
/// </summary>
internal interface IWireMessage
{
    void WriteTo(ref WireWriter writer);
}
