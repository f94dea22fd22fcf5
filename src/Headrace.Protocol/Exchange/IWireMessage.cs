namespace Headrace.Protocol.Exchange;

/// <summary>
/// A message that writes its fields in the order of their numbers and omits fields with default values. The output is
/// byte-for-byte identical to the output of Google's generated code.
/// </summary>
internal interface IWireMessage
{
    void WriteTo(ref WireWriter writer);
}
