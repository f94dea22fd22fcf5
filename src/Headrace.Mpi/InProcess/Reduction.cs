using System.Numerics;
using System.Runtime.InteropServices;

namespace Headrace.Mpi.InProcess;

/// <summary>Combines two sequences of values, element by element.</summary>
internal static class Reduction
{
    public static void Apply<T>(Span<T> results, ReadOnlySpan<T> values, ReduceOperation operation)
        where T : unmanaged, INumber<T>
    {
        switch (operation)
        {
            case ReduceOperation.Sum:
                for (var i = 0; i < results.Length; i++)
                    results[i] += values[i];
                break;
            case ReduceOperation.Product:
                for (var i = 0; i < results.Length; i++)
                    results[i] *= values[i];
                break;
            case ReduceOperation.Min:
                for (var i = 0; i < results.Length; i++)
                    results[i] = T.Min(results[i], values[i]);
                break;
            case ReduceOperation.Max:
                for (var i = 0; i < results.Length; i++)
                    results[i] = T.Max(results[i], values[i]);
                break;
            default:
                CombineBits(MemoryMarshal.AsBytes(results), MemoryMarshal.AsBytes(values), operation);
                break;
        }
    }

    private static void CombineBits(Span<byte> results, ReadOnlySpan<byte> values, ReduceOperation operation)
    {
        for (var i = 0; i < results.Length; i++)
            results[i] = operation switch
            {
                ReduceOperation.And => (byte)(results[i] & values[i]),
                ReduceOperation.Or => (byte)(results[i] | values[i]),
                _ => (byte)(results[i] ^ values[i]),
            };
    }
}
