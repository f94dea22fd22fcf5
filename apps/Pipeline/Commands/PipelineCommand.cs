using System.CommandLine;
using Headrace.Apps.Pipeline.Runs;
using Headrace.Commands;

namespace Headrace.Apps.Pipeline.Commands;

/// <summary>
/// <c>headrace pipeline</c>: runs chains of jobs, and starts further ones for the messages of a queue.
/// </summary>
internal static class PipelineCommand
{
    private static readonly Option<bool> Block = new("--block", "-b")
    {
        Description = "Continue after all chains have ended, until a stop message arrives: headrace pump -p None.",
    };
    private static readonly Option<string?> Name = new("--name")
    {
        Description = "The name of the pipeline, which is the queue of its messages. [default: pipeline]",
        HelpName = "NAME",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "pipeline",
            "Run chains of jobs: simulate a parameter, record the value, and start a new chain if it is even."
        )
        {
            Examples =
            [
                (
                    "headrace pipeline",
                    "Starts four chains, prints each step as it ends, and exits when all of them have ended."
                ),
                (
                    "headrace pipeline --block --redis 127.0.0.1:6379",
                    "Also starts a chain for each number in the Redis list pipeline, until a stop message arrives."
                ),
            ],
        };
        cliCommand.Add(Block);
        cliCommand.Add(Name);
        PortOptions.AddTo(cliCommand);
        RunOptionsOption.AddTo(cliCommand);
        cliCommand.Add(PipelineServerCommand.Create());
        cliCommand.Add(SimulateCommand.Create());
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var options = RunOptionsOption.Of(context);
        var name = PortOptions.NameOf(context.Value(Name) ?? PortOptions.Pipeline);
        var isRedis = PortOptions.RedisOf(context) is not null;
        using var client = PortOptions.Connect(context);
        return await new RunSession(
            context,
            client,
            (run, cancelled) => PortOptions.ConnectAsync(context, client, run, name, cancelled)
        )
        {
            Interrupted = "Interrupted. The chains continue when headrace pipeline is started again.",
        }.RunAsync(name, options, WorkAsync, cancellationToken);

        async Task<int> WorkAsync(RunContext work, CancellationToken cancelled)
        {
            if (work.Run.IsResumed)
                context.WriteNote("Continuing the run that was interrupted, with its own options.");
            if (context.Value(Block))
                context.WriteNote(
                    $"Listening on {(isRedis ? "the Redis list" : "the queue")} '{name}'. To stop: "
                        + "headrace pump -p None"
                        + (name == PortOptions.Pipeline ? "" : $" --to {name}")
                );
            var program = new PipelineProgram(work, context.Value(RunOptionsOption.Debug));
            var failed = await program.RunAsync(context.Value(Block), cancelled);
            context.WriteNote(failed == 0 ? "All done" : $"All done. Chains that failed: {failed}");
            return failed == 0 ? ExitCode.Done : ExitCode.JobFailed;
        }
    }
}
