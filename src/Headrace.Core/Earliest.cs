namespace Headrace.Core;

/// <summary>Compares times that may be absent.</summary>
internal static class Earliest
{
    /// <summary>Returns the earlier of two times; null if both are absent.</summary>
    public static T? Of<T>(T? a, T? b)
        where T : struct, IComparable<T> =>
        a is null ? b
        : b is null || a.Value.CompareTo(b.Value) <= 0 ? a
        : b;
}
