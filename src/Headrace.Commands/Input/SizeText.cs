using System.Globalization;

namespace Headrace.Commands.Input;

/// <summary>
/// Parses sizes: a number of bytes, or a number followed by a unit (KB, MB, GB or TB). The units are powers of 1,000.
/// </summary>
public static class SizeText
{
    /// <summary>The expected format of a size, for error messages.</summary>
    public const string Format = "a number of bytes, or a number followed by a unit (KB, MB, GB or TB), such as 8GB";

    private static readonly (string Unit, decimal Bytes)[] Units =
    [
        ("KB", 1e3m),
        ("MB", 1e6m),
        ("GB", 1e9m),
        ("TB", 1e12m),
        ("", 1),
    ];

    /// <summary>Parses a size. Returns false if the text is not a size, or if the size is not positive.</summary>
    public static bool TryRead(string text, out long bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        bytes = 0;
        var (unit, factor) = Array.Find(Units, each => text.EndsWith(each.Unit, StringComparison.OrdinalIgnoreCase));
        if (
            !decimal.TryParse(
                text.AsSpan(0, text.Length - unit.Length),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var number
            )
            || number > long.MaxValue / factor
        )
            return false;
        bytes = (long)(number * factor);
        return bytes > 0;
    }
}
