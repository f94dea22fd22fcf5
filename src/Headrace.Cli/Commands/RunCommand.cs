using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace run</c>: submits a job, waits for it, and prints its result.</summary>
internal static class RunCommand
{
    private static readonly JobOptions Job = new();
    private static readonly Option<string?> InputFile = new("--input")
    {
        Description = "The body of the job: a file, or - for standard input.",
        HelpName = "FILE",
    };
    private static readonly Option<string?> OutputFile = new("--output", "-o")
    {
        Description = "Write the result to this file.",
        HelpName = "FILE",
    };
    private static readonly Option<TimeSpan?> Limit = Options.Duration(
        "--timeout",
        "Stop waiting after this time and exit with code 124; the job continues. [default: no limit]"
    );

    public static Command Create()
    {
        var cliCommand = new CliCommand("run", "Submit a job, wait for it, and print its result.")
        {
            Examples =
            [
                ("headrace run sha512 iterations=1000 --input README.md", "Prints the digest."),
                ("headrace run noop --input photo.jpg --output copy.jpg", "Writes the result to a file."),
            ],
        };
        Job.AddTo(cliCommand);
        cliCommand.Add(InputFile);
        cliCommand.Add(OutputFile);
        cliCommand.Add(Limit);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var job = Job.Read(context);
        if (context.Value(InputFile) is { } input)
            job = job with { Body = await Body.ReadAsync(input, cancellationToken) };
        using var client = context.Connect(new HeadraceClientOptions { QueueFullTimeout = TimeSpan.Zero });
        var id = (await client.SubmitAsync(job, cancellationToken)).Id;
        context.NoteRetries(client);
        JobReply ended;
        try
        {
            ended = await JobWaiter.ForOneAsync(context, client, id, context.Value(Limit), cancellationToken);
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or TimeoutException)
        {
            context.WriteNote(
                $"Job {id} continues on the server. Get its result with: "
                    + $"headrace wait {id} && headrace results get {id}"
            );
            throw;
        }
        try
        {
            return await ResultsCommand.WriteAsync(
                context,
                client,
                ended,
                context.Value(OutputFile),
                cancellationToken
            );
        }
        catch (OutputException)
        {
            context.WriteNote($"Job {id} succeeded. Get its result with: headrace results get {id} --output FILE");
            throw;
        }
    }
}
