using System.Globalization;
using Headrace.Commands;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Settings;

/// <summary>One setting as text, with its name and where it was found; read into a value by kind.</summary>
internal sealed record Setting(string Name, string Text, string Origin)
{
    public long Whole(long max)
    {
        if (
            long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number <= max
        )
            return number;
        throw Unusable($"which is not a whole number up to {max}");
    }

    public TimeSpan Duration() =>
        DurationText.TryParse(Text, out var duration)
            ? duration
            : throw Unusable($"which is not {DurationText.Format}");

    /// <summary>A member of an enumeration, written in lower case.</summary>
    public T Choice<T>()
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
            if (ToWireName(value) == Text)
                return value;
        throw Unusable($"which is not known. There are: {string.Join(", ", Enum.GetValues<T>().Select(ToWireName))}");
    }

    /// <summary>How a member of an enumeration is written in settings.</summary>
    public static string ToWireName<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private UsageException Unusable(string why) => new($"The setting {Name} is '{Text}' ({Origin}), {why}.");
}
