using System.CommandLine;
using Headrace.Commands;
using Headrace.Commands.Input;

namespace Headrace.Cli.Commands.Consuming;

/// <summary>The options of commands that consume deliveries, and the loop that they run.</summary>
/// <param name="noun">What the command consumes, such as <c>job</c>; used in the help text.</param>
internal sealed class PullOptions(string noun)
{
    /// <summary>
    /// Maximum time for which one request waits. With <c>--follow</c>, the command sends one request after another.
    /// </summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private const int DefaultLimit = 10;

    /// <summary>
    /// The pause after a failure doubles from the first to the second of these values, so that a delivery that always
    /// fails does not keep the machine busy.
    /// </summary>
    private static readonly (TimeSpan First, TimeSpan Longest) Pause = (TimeSpan.FromSeconds(1), MaxWait);

    private readonly Option<int?> _limit = Options.Limit(
        $"The maximum number of {noun}s in one pull, 1 to 1,000. [default: {DefaultLimit}, with --exec 1]",
        max: 1_000
    );
    private readonly Option<TimeSpan?> _wait = Options.Duration(
        "--wait",
        $"How long to wait for a {noun} if there is none, at most 30s. [default: no wait]"
    );
    private readonly Option<TimeSpan?> _lease = Options.Duration(
        "--lease",
        $"How long no other consumer receives the {noun}s; longer than the command runs. [default: 60s]"
    );
    private readonly Option<string?> _exec = new("--exec")
    {
        Description =
            $"Run this shell command for each {noun}, with its content on standard input. The {noun} is "
            + "acknowledged if the command succeeds, and released if it fails.",
        HelpName = "COMMAND",
    };
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Continue until interrupted." };

    public void AddTo(CliCommand command)
    {
        foreach (var option in new Option[] { _limit, _wait, _lease, _exec, _follow })
            command.Add(option);
    }

    /// <summary>Consumes deliveries and returns the exit code.</summary>
    public async Task<int> RunAsync(CommandContext context, IDeliverySource source, CancellationToken cancellationToken)
    {
        var (command, follows) = (context.Value(_exec), context.Value(_follow));
        var consumer = new Consumer(
            source,
            command is null ? PrintAsync : new DeliveryCommand(context, command).RunAsync
        )
        {
            Limit = context.Value(_limit) ?? (command is null ? DefaultLimit : 1),
            Wait = context.Value(_wait) ?? (follows ? MaxWait : TimeSpan.Zero),
            Lease = context.Value(_lease),
        };
        var (exitCode, pause) = (ExitCode.Done, Pause.First);
        do
        {
            if (await consumer.PullAsync(cancellationToken) == 0)
            {
                pause = Pause.First;
                continue;
            }
            exitCode = ExitCode.JobFailed;
            if (!follows)
                break;
            await Task.Delay(pause, cancellationToken);
            pause = 2 * pause < Pause.Longest ? 2 * pause : Pause.Longest;
        } while (follows);
        return exitCode;
    }

    private static async Task<bool> PrintAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        await delivery.PrintAsync(cancellationToken);
        return true;
    }
}
