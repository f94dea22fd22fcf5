namespace Headrace.Protocol.Exchange;

/// <summary>
/// The wire type of a field: the low three bits of its tag, which determine the layout of its value. The numeric values
/// are those of Protobuf; 3 and 4 are groups, which proto3 does not use.
/// </summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
