using System.Globalization;
using Headrace.Commands;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Settings;

/// <summary>The text of one setting, its name and its origin. The methods convert the text to a value.</summary>
internal sealed record Setting(string Name, string Text, string Origin)
{
    public long Whole(long max)
    {
        if (
            long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number <= max
        )
            return number;
        throw Invalid($"which is not a whole number up to {max}");
    }

    public TimeSpan Duration() =>
        DurationText.TryParse(Text, out var duration) ? duration : throw Invalid($"which is not {DurationText.Format}");

    public bool Flag() =>
        Text switch
        {
            "true" => true,
            "false" => false,
            _ => throw Invalid("which is not true or false"),
        };

    /// <summary>Parses an enumeration member, whose name is in lower case in settings.</summary>
    public T Choice<T>()
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
            if (ToWireName(value) == Text)
                return value;
        throw Invalid($"which is not valid. Valid values: {string.Join(", ", Enum.GetValues<T>().Select(ToWireName))}");
    }

    /// <summary>Returns the name that settings use for an enumeration member.</summary>
    public static string ToWireName<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private UsageException Invalid(string reason) => new($"The {Name} setting is '{Text}' ({Origin}), {reason}.");
}
