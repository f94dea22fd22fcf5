namespace Headrace.Mpi.Abi;

/// <summary>The predefined MPI element types that the binding uses.</summary>
internal enum NumberType
{
    Byte,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float,
    Double,
}
