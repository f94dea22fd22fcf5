namespace Headrace.Protocol.Exchange;

/// <summary>
/// A message that writes its fields in the order of their numbers and omits those that have their default value: byte
/// for byte what Google's generated code writes.
/// </summary>
internal interface IWireMessage
{
    void WriteTo(ref WireWriter writer);
}
