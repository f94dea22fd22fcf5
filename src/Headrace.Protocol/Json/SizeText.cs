using System.Buffers;
using System.Globalization;

namespace Headrace.Protocol.Json;

/// <summary>
/// Parses and formats sizes: a number of bytes, or a number followed by a unit, such as <c>512MB</c> or <c>1.5GB</c>.
/// The units are powers of 1,024, as in the limits of the documentation. Options and manifests use this parser.
/// </summary>
public static class SizeText
{
    /// <summary>The expected format of a size, for error messages.</summary>
    public const string Format =
        "a number of bytes, or a number followed by a unit (B, KB, MB, GB or TB), such as \"512MB\"";

    // The unit B is the last one, because the other names end with it.
    private static readonly (string Unit, int Shift)[] Units =
    [
        ("TB", 40),
        ("GB", 30),
        ("MB", 20),
        ("KB", 10),
        ("B", 0),
        ("", 0),
    ];

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Parses a size. Returns false for any other text, and for a size of less than one byte.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        bytes = 0;
        var (unit, shift) = Array.Find(Units, each => text.EndsWith(each.Unit, StringComparison.OrdinalIgnoreCase));
        var digits = text.AsSpan(0, text.Length - unit.Length);
        if (digits.ContainsAnyExcept(NumberCharacters) || !NumberText.TryParse(digits, out var number))
            return false;
        number *= 1L << shift;
        // The conversion of long.MaxValue to double gives 2^63.
        if (number >= long.MaxValue)
            return false;
        bytes = (long)number;
        return bytes > 0;
    }

    /// <summary>Formats a size in the largest unit that divides it evenly.</summary>
    public static string ToText(long bytes)
    {
        foreach (var (unit, shift) in Units)
            if (shift > 0 && bytes > 0 && bytes % (1L << shift) == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{bytes >> shift} {unit}");
        return string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes");
    }
}
