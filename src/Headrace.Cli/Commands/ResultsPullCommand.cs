using System.CommandLine;
using Headrace.Cli.Commands.Consuming;
using Headrace.Commands;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace results pull</c>: consumes the ended jobs that a feed delivers.</summary>
internal static class ResultsPullCommand
{
    private static readonly Option<string> Feed = new("--feed")
    {
        Description = "The feed to pull from.",
        HelpName = "NAME",
        Required = true,
    };
    private static readonly PullOptions Pull = new("job");

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand("pull", "Consume the ended jobs that a feed delivers.")
        {
            Examples =
            [
                (
                    "headrace results pull --feed orders",
                    "Prints up to ten jobs with their results. Printed jobs are acknowledged: the feed delivers each "
                        + "of them only once."
                ),
                (
                    "headrace results pull --feed orders --exec './store.sh' --lease 5m --follow",
                    "Runs the script for each job that the feed delivers. A job whose script fails is delivered again."
                ),
            ],
        };
        cliCommand.Add(Feed);
        Pull.AddTo(cliCommand);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var source = new FeedSource(context, client, context.Value(Feed)!);
                return await Pull.RunAsync(context, source, cancellationToken);
            }
        );
        return cliCommand;
    }
}
