using System.Globalization;

namespace Headrace.Worker.Manifests;

/// <summary>
/// Reads sizes such as <c>"512MB"</c>: a whole number followed by a unit (B, KB, MB or GB). The units are powers of
/// 1,024.
/// </summary>
internal static class SizeText
{
    public const string Format = "a whole number followed by a unit (B, KB, MB or GB), such as \"512MB\"";

    private static readonly (string Unit, int Shift)[] Units = [("KB", 10), ("MB", 20), ("GB", 30), ("B", 0)];

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        foreach (var (unit, shift) in Units)
            if (text.EndsWith(unit, StringComparison.Ordinal))
            {
                if (
                    !long.TryParse(
                        text.AsSpan(0, text.Length - unit.Length),
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var number
                    )
                    || number is 0
                    || number > long.MaxValue >> shift
                )
                    return false;
                bytes = number << shift;
                return true;
            }
        return false;
    }

    public static string ToText(long bytes)
    {
        foreach (var (unit, shift) in ((string, int)[])[("GB", 30), ("MB", 20), ("KB", 10)])
            if (bytes > 0 && bytes % (1L << shift) == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{bytes >> shift} {unit}");
        return string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes");
    }
}
