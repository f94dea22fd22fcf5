using System.CommandLine;
using Headrace.Commands;
using Headrace.Core;
using Headrace.Core.Results;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Input;

/// <summary>
/// The option <c>--filter</c>. A filter is checked before anything is sent, so that the message can mark the wrong word.
/// </summary>
internal static class FilterOption
{
    public static Option<string?> Create(string description) =>
        new("--filter")
        {
            Description = $"{description} Such as 'state:failed queue:eu tag:run=7 age:>1h text:\"no such file\"'.",
            HelpName = "FILTER",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (!JobFilterParser.TryParse(text, Now, out _, out var fault))
                    result.AddError($"{fault.Message}\n\n  {fault.Mark(text).Replace("\n", "\n  ", StringComparison.Ordinal)}\n");
                return text;
            },
        };

    /// <summary>Returns whether a valid filter selects every job.</summary>
    public static bool SelectsEverything(string filter) =>
        JobFilterParser.TryParse(filter, Now, out var parsed, out _) && parsed == JobFilter.Everything;

    private static Instant Now => Instant.From(TimeProvider.System.GetUtcNow());
}
