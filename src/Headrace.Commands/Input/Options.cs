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
            CustomParser = result =>
                Read<int>(
                    result,
                    name,
                    (string text, out int number) =>
                        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number),
                    "a whole number"
                ),
        };

    public static Option<long?> Size(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "SIZE",
            CustomParser = result => Read<long>(result, name, SizeText.TryRead, SizeText.Format),
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
                    (string text, out double number) =>
                        NumberText.TryParse(text, out number),
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
