using System.Runtime.CompilerServices;
using Headrace.Mpi.Abi;

namespace Headrace.Mpi.Native;

/// <summary>
/// Provides the MPI type of the elements of a span. The number of elements always fits the 32-bit counts of MPI,
/// because a span cannot contain more. A message of more than 2^31 bytes therefore needs no special case.
/// </summary>
internal static class ElementType
{
    /// <summary>Returns the predefined type of a number; null for any other type.</summary>
    public static NumberType? NumberOf(Type type)
    {
        if (type == typeof(byte))
            return NumberType.UInt8;
        if (type == typeof(double))
            return NumberType.Double;
        if (type == typeof(int))
            return NumberType.Int32;
        if (type == typeof(long))
            return NumberType.Int64;
        if (type == typeof(float))
            return NumberType.Float;
        if (type == typeof(uint))
            return NumberType.UInt32;
        if (type == typeof(ulong))
            return NumberType.UInt64;
        if (type == typeof(short))
            return NumberType.Int16;
        if (type == typeof(ushort))
            return NumberType.UInt16;
        return type == typeof(sbyte) ? NumberType.Int8 : null;
    }
}

/// <summary>Caches the MPI type of one element type. MPI is initialized only once in a process.</summary>
internal static class ElementType<T>
    where T : unmanaged
{
    private static nint _handle;

    // Not synchronized: only the thread that calls MPI uses it.
    public static nint Handle(MpiRuntime runtime) => _handle != 0 ? _handle : _handle = Create(runtime);

    private static unsafe nint Create(MpiRuntime runtime)
    {
        if (ElementType.NumberOf(typeof(T)) is { } number)
            return runtime.Abi.TypeOf(number);
        var bytes = runtime.Abi.TypeOf(NumberType.Byte);
        nint type = 0;
        runtime.Check(NativeMpi.ContiguousType(Unsafe.SizeOf<T>(), bytes, &type));
        runtime.Check(NativeMpi.CommitType(&type));
        return type;
    }
}
