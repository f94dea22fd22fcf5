using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Headrace.Protocol.Json;

namespace Headrace.Commands.Input;

/// <summary>
/// Creates options whose values must have a particular format. An invalid value causes a parse error that describes the
/// format.
/// </summary>
public static class Options
{
    public static Option<TimeSpan?> Duration(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "DURATION",
            CustomParser = result => Read<TimeSpan>(result, name, DurationText.TryParse, DurationText.Format),
        };

    public static Option<int?> WholeNumber(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result => ReadWholeNumber(result, name),
        };

    /// <summary>
    /// Creates the option <c>--limit</c>, which has the same name in every command that lists or pulls entries.
    /// </summary>
    /// <param name="description">Describes what is limited, and the default.</param>
    /// <param name="max">The largest number that the server accepts.</param>
    public static Option<int?> Limit(string description, int max = int.MaxValue) =>
        new("--limit")
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
            {
                var limit = ReadWholeNumber(result, "--limit");
                if (limit < 1)
                    result.AddError($"--limit is {limit}, but must be at least 1.");
                if (limit > max)
                    result.AddError($"--limit is {limit}, but must be at most {max}.");
                return limit;
            },
        };

    public static Option<long?> Size(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "SIZE",
            CustomParser = result => Read<long>(result, name, SizeText.TryParse, SizeText.Format),
        };

    public static Option<double?> Number(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "X",
            CustomParser = result =>
                Read<double>(
                    result,
                    name,
                    (string text, out double number) => NumberText.TryParse(text, out number),
                    "a number such as 1e-4"
                ),
        };

    public static Option<DateTimeOffset?> Timestamp(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "TIME",
            CustomParser = result =>
                Read<DateTimeOffset>(
                    result,
                    name,
                    (string text, out DateTimeOffset moment) =>
                        TimestampText.TryRead(text, TimeProvider.System.GetUtcNow(), out moment),
                    TimestampText.Format
                ),
        };

    private static int? ReadWholeNumber(ArgumentResult result, string name) =>
        Read<int>(
            result,
            name,
            (string text, out int number) =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number),
            IsTooLong(result.Tokens[0].Value)
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"a whole number from {int.MinValue} to {int.MaxValue}"
                )
                : "a whole number"
        );

    private static bool IsTooLong(string text) =>
        text.AsSpan().TrimStart("+-").IndexOfAnyExceptInRange('0', '9') < 0
        && !int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private delegate bool Reader<T>(string text, out T value);

    private static T? Read<T>(ArgumentResult result, string name, Reader<T> reader, string form)
        where T : struct
    {
        var text = result.Tokens[0].Value;
        if (reader(text, out var value))
            return value;
        result.AddError($"{name} '{text}' is not valid: specify {form}.");
        return null;
    }
}
