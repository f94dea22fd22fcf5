using System.CommandLine;
using Headrace.Commands.Input;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;

namespace Headrace.Cli.Input;

/// <summary>
/// The option <c>--filter</c>. A filter is parsed before anything is sent, so that the error message can point out the
/// invalid word.
/// </summary>
internal static class FilterOption
{
    public static Option<string?> Create(string description) =>
        new EmptiableOption("--filter")
        {
            Description = $"{description} Example: 'state:failed queue:eu tag:run=7 age:>1h text:\"no such file\"'.",
            HelpName = "FILTER",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (JobFilterParser.Check(text, TimeProvider.System.GetUtcNow()) is { } fault)
                    // Each unsafe character is replaced by one other, so the mark stays under the invalid word.
                    result.AddError(
                        $"--filter: {TerminalText.OneLine(fault.Message)}\n{fault.Mark(TerminalText.OneLine(text))}"
                    );
                return text;
            },
        };
}
