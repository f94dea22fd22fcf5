namespace Headrace.Protocol.Exchange;

/// <summary>
/// How the bytes of a field are laid out: the low three bits of its tag. Numbers of the Protobuf encoding; 3 and 4 are
/// groups, which proto3 does not have.
/// </summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
