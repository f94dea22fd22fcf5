using System.CommandLine;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Input;

/// <summary>The option <c>--retry</c>: a retry policy, such as <c>max=5,delay=1s</c>.</summary>
internal static class RetryOption
{
    public static Option<RetryOptions?> Create(string description) =>
        new("--retry")
        {
            Description = description,
            HelpName = "POLICY",
            CustomParser = result =>
            {
                if (RetryText.TryParse(result.Tokens[0].Value, out var options, out var fault))
                    return options;
                result.AddError($"--retry '{result.Tokens[0].Value}' is not valid: {fault}");
                return null;
            },
        };
}
