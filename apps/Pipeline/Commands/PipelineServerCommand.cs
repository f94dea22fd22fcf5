using System.CommandLine;
using Headrace.Apps.Pipeline.Runs;
using Headrace.Apps.Pipeline.Serving;
using Headrace.Commands;

namespace Headrace.Apps.Pipeline.Commands;

/// <summary><c>headrace pipeline server</c>: answers the requests of the input queue in the output queue.</summary>
internal static class PipelineServerCommand
{
    private static readonly Option<string[]> Register = new("--register")
    {
        Description =
            "Register a further method, so that a request can name it: {\"method\": \"NWChem\", \"param\": 1}.",
        HelpName = "NAME=METHOD",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "server",
            "Run each request of the queue input as a job, and put its value into the queue output."
        )
        {
            Examples =
            [
                (
                    "headrace pipeline server",
                    "Serves until headrace pump -i -p None. Send a request with headrace pump -i -p 100, and read the "
                        + "response with headrace pull."
                ),
                (
                    "headrace pipeline server --redis 127.0.0.1:6379 --register NWChem=nwchem",
                    "Serves the lists input and output of Redis, with a second method."
                ),
            ],
        };
        cliCommand.Add(Register);
        PortOptions.AddTo(cliCommand);
        RunOptionsOption.AddTo(cliCommand);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var options = RunOptionsOption.Of(context);
        var registrations = context.Value(Register) ?? [];
        var methods = MethodTable.Read(options.Method, registrations);
        var isRedis = PortOptions.RedisOf(context) is not null;
        using var client = PortOptions.Connect(context);
        return await new RunSession(
            context,
            client,
            (run, cancelled) => PortOptions.ConnectAsync(context, client, run, PortOptions.Output, cancelled)
        )
        {
            Interrupted = "Interrupted. The requests are answered when the server is started again.",
            // Unlike the chains of a pipeline, requests do not depend on each other.
            OptionsMayChange = true,
        }.RunAsync(PortOptions.Input, options, WorkAsync, cancellationToken);

        async Task<int> WorkAsync(RunContext work, CancellationToken cancelled)
        {
            if (work.Run.IsResumed)
                context.WriteNote("Continuing the requests of a server that was interrupted.");
            context.WriteNote(
                $"Serving {(isRedis ? "the Redis list" : "the queue")} 'input' with the methods "
                    + $"{string.Join(", ", methods.Names)}. To send a request: headrace pump -i -p N. To read a "
                    + "response: headrace pull. To stop: headrace pump -i -p None"
            );
            await new ServerProgram(work, methods).RunAsync(cancelled);
            context.WriteNote("All done");
            return ExitCode.Done;
        }
    }
}
