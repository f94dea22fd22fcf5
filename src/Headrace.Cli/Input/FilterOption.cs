using System.CommandLine;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Input;

/// <summary>
/// The option <c>--filter</c>. A filter is parsed before anything is sent, so that the error message can point out the
/// invalid word.
/// </summary>
internal static class FilterOption
{
    public static Option<string?> Create(string description) =>
        new("--filter")
        {
            Description = $"{description} Example: 'state:failed queue:eu tag:run=7 age:>1h text:\"no such file\"'.",
            HelpName = "FILTER",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (JobFilterParser.Check(text, TimeProvider.System.GetUtcNow()) is { } fault)
                    result.AddError(
                        $"--filter: {fault.Message}\n  "
                            + $"{fault.Mark(text).Replace("\n", "\n  ", StringComparison.Ordinal)}\n"
                    );
                return text;
            },
        };
}
