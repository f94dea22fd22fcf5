using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// Loads vectors of four lanes from spans of any length and stores them back. When a span ends within a vector, loading
/// fills the remaining lanes with the span's last value, and storing ignores them.
/// </summary>
internal static class Lanes
{
    public const int Count = 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Load(ReadOnlySpan<double> numbers, int start)
    {
        var rest = numbers[start..];
        if (rest.Length >= Count)
            return Vector256.Create(rest);

        var last = rest[^1];
        return Vector256.Create(rest[0], rest.Length > 1 ? rest[1] : last, rest.Length > 2 ? rest[2] : last, last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<double> lanes, Span<double> numbers, int start)
    {
        var rest = numbers[start..];
        if (rest.Length >= Count)
        {
            lanes.CopyTo(rest);
            return;
        }

        rest[0] = lanes[0];
        if (rest.Length > 1)
            rest[1] = lanes[1];

        if (rest.Length > 2)
            rest[2] = lanes[2];
    }
}
