using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Input;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace wait</c>: waits until jobs have ended.</summary>
internal static class WaitCommand
{
    private static readonly Argument<string[]> Ids = new("ID")
    {
        Description = "The ids of the jobs to wait for.",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<TimeSpan?> Limit = Options.Duration(
        "--timeout",
        "Stop waiting after this time and exit with code 124. [default: no limit]"
    );

    public static Command Create()
    {
        var cliCommand = new CliCommand("wait", "Wait for jobs to end; exit with code 1 if any job did not succeed.")
        {
            Examples =
            [
                (
                    "headrace wait 42 43 --timeout 5m",
                    "Prints ID<TAB>STATE for each job. Keeps waiting while the server restarts."
                ),
            ],
        };
        cliCommand.Add(Ids);
        cliCommand.Add(Limit);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                return await JobWaiter.ForAllAsync(
                    context,
                    client,
                    context.Value(Ids),
                    context.Value(Limit),
                    cancellationToken
                );
            }
        );
        return cliCommand;
    }
}
