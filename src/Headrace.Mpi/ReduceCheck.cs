namespace Headrace.Mpi;

/// <summary>Checks the arguments of reductions, so that all communicators accept the same arguments.</summary>
internal static class ReduceCheck
{
    public static void Require<T>(ReduceOperation operation)
    {
        if (Native.ElementType.NumberOf(typeof(T)) is null)
            throw new ArgumentException(
                $"Values of type {typeof(T).Name} cannot be reduced. Use an integer type of 8 to 64 bits, float or "
                    + "double."
            );
        if (!Enum.IsDefined(operation))
            throw new ArgumentOutOfRangeException(nameof(operation), operation, "Use a defined operation.");
        if (
            operation is ReduceOperation.And or ReduceOperation.Or or ReduceOperation.Xor
            && (typeof(T) == typeof(float) || typeof(T) == typeof(double))
        )
            throw new ArgumentException($"{operation} combines bits. Use it with integers, not with {typeof(T).Name}.");
    }
}
