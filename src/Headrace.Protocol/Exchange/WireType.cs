namespace Headrace.Protocol.Exchange;

/// <summary>
/// The layout of a field's value: the low three bits of its tag. The numbers are Protobuf's; 3 and 4 are groups, which
/// proto3 does not use.
/// </summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
