using System.Runtime.InteropServices;
using System.Text.Json;

namespace Headrace.Server.Schemas;

/// <summary>
/// Compares JSON numbers of any size: exactly within the range of <see cref="decimal"/>, and as floating-point numbers
/// outside that range. No number causes an exception.
/// </summary>
internal static class JsonNumber
{
    /// <summary>
    /// Returns whether a value is written as a whole number. JSON Schema treats 5.0 and 5e0 as whole numbers as well,
    /// but serializers do not convert them to an integer parameter, so the job would fail in the worker.
    /// </summary>
    public static bool IsInteger(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && JsonMarshal.GetRawUtf8Value(value).IndexOfAny(".eE"u8) < 0;

    public static int Compare(JsonElement left, JsonElement right)
    {
        if (Exact(left) is { } a && Exact(right) is { } b && a != b)
            return a.CompareTo(b);
        return left.GetDouble().CompareTo(right.GetDouble());
    }

    public static bool IsMultiple(JsonElement value, JsonElement divisor)
    {
        if (Exact(value) is { } a && Exact(divisor) is { } b)
            return a % b == 0;
        var quotient = value.GetDouble() / divisor.GetDouble();
        return !double.IsFinite(quotient) || Math.Abs(quotient - Math.Round(quotient)) <= Math.Abs(quotient) * 1e-15;
    }

    /// <summary>
    /// Returns the number as a decimal; null if the number is too large, or so small that the decimal would be zero.
    /// </summary>
    private static decimal? Exact(JsonElement number) =>
        number.TryGetDecimal(out var exact) && (exact != 0 || number.GetDouble() == 0) ? exact : null;
}
