using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Input;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace wait</c>: until jobs have ended.</summary>
internal static class WaitCommand
{
    private static readonly Argument<string[]> Ids = new("ID")
    {
        Description = "Jobs to wait for.",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<TimeSpan?> Limit = Options.Duration(
        "--timeout",
        "Give up after this long, with exit code 124. [default: never]"
    );

    public static Command Create()
    {
        var cliCommand = new CliCommand("wait", "Wait until jobs have ended; exit 1 if one failed.")
        {
            Examples =
            [
                (
                    "headrace wait 42 43 --timeout 5m",
                    "A line ID<TAB>STATE as each ends; waits on across a restart of the server."
                ),
            ],
        };
        cliCommand.Add(Ids);
        cliCommand.Add(Limit);
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                return await JobWaiter.ForAllAsync(call, client, call.Value(Ids), call.Value(Limit), cancellationToken);
            }
        );
        return cliCommand;
    }
}
