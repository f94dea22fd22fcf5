using System.CommandLine;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace results pull</c>: consumes the ended jobs that a feed delivers.</summary>
internal static class ResultsPullCommand
{
    /// <summary>The longest wait of one request. With <c>--follow</c>, requests follow each other.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The pause after a command has failed doubles from the first to the second of these values, so that a job whose
    /// command always fails does not occupy the machine.
    /// </summary>
    private static readonly (TimeSpan First, TimeSpan Longest) Pause = (TimeSpan.FromSeconds(1), MaxWait);

    private static readonly Option<string> Feed = new("--feed")
    {
        Description = "The feed to pull from.",
        HelpName = "NAME",
        Required = true,
    };
    private static readonly Option<int?> Top = Options.WholeNumber(
        "--top",
        "The maximum number of jobs in one pull, 1 to 1,000. [default: 10, with --exec 1]"
    );
    private static readonly Option<TimeSpan?> Wait = Options.Duration(
        "--wait",
        "How long to wait for a job if there is none, at most 30s. [default: no wait]"
    );
    private static readonly Option<TimeSpan?> Lease = Options.Duration(
        "--lease",
        "How long no other consumer receives the jobs; longer than the command runs. [default: 60s]"
    );
    private static readonly Option<string?> Exec = new("--exec")
    {
        Description =
            "Run this shell command for each job, with the result on its standard input. The job is acknowledged if it "
            + "succeeds, and released if it fails.",
        HelpName = "COMMAND",
    };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Continue until interrupted." };

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
                    "Runs the script for each job that succeeds from now on. A job whose script fails is delivered "
                        + "again."
                ),
            ],
        };
        cliCommand.Add(Feed);
        foreach (var option in new Option[] { Top, Wait, Lease, Exec, Follow })
            cliCommand.Add(option);
        cliCommand.SetAction(PullAsync);
        return cliCommand;
    }

    private static async Task<int> PullAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var (command, follows) = (context.Value(Exec), context.Value(Follow));
        IDeliveryHandler handler = command is null
            ? new DeliveryPrinter(context, client)
            : new DeliveryExecutor(context, client, command);
        var wait = context.Value(Wait) ?? (follows ? MaxWait : TimeSpan.Zero);
        var consumer = new FeedConsumer(client, context.Value(Feed)!, handler)
        {
            Top = context.Value(Top) ?? (command is null ? 10 : 1),
            Wait = wait,
            Lease = context.Value(Lease),
        };
        var (exitCode, pause, expired) = (ExitCode.Done, Pause.First, 0L);
        do
        {
            var pulled = await consumer.PullAsync(cancellationToken);
            if (pulled.Expired > expired)
                context.WriteNote(
                    $"{pulled.Expired} jobs of feed '{consumer.Feed}' were deleted before the feed acknowledged them."
                );
            expired = pulled.Expired;
            pause = pulled.Failed == 0 ? Pause.First : TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, Pause.Longest.Ticks));
            if (pulled.Failed > 0)
                exitCode = ExitCode.JobFailed;
            if (follows && pulled.Failed > 0)
                await Task.Delay(pause, cancellationToken);
        } while (follows);
        return exitCode;
    }
}
