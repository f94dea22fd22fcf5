namespace Headrace.Protocol.Json;

/// <summary>The kinds of JSON values that a schema allows at one position.</summary>
[Flags]
internal enum JsonKinds
{
    None = 0,
    Integer = 1,
    Number = 2,
    Boolean = 4,
    Null = 8,
    Object = 16,
    Array = 32,
    String = 64,
}
