using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace run</c>: submit, wait, print the result.</summary>
internal static class RunCommand
{
    private static readonly JobOptions Job = new();
    private static readonly Option<string?> InputFile = new("--input")
    {
        Description = "The body: a file, or - for standard input.",
        HelpName = "FILE",
    };
    private static readonly Option<string?> OutputFile = new("--output", "-o")
    {
        Description = "Write the result to this file.",
        HelpName = "FILE",
    };
    private static readonly Option<TimeSpan?> Limit = Options.Duration(
        "--timeout",
        "Stop waiting after this long, with exit code 124; the job goes on. [default: never]"
    );

    public static Command Create()
    {
        var cliCommand = new CliCommand("run", "Submit a job, wait for its end, and print its result.")
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

    private static async Task<int> RunAsync(CommandContext call, CancellationToken cancellationToken)
    {
        var job = Job.Read(call);
        if (call.Value(InputFile) is { } input)
            job = job with { Body = await Body.ReadAsync(input, cancellationToken) };
        using var client = call.Connect(new ClientOptions { QueueFullTimeout = TimeSpan.Zero });
        var id = (await client.SubmitAsync(job, cancellationToken)).Id;
        call.NoteRetries(client);
        JobReply ended;
        try
        {
            ended = await JobWaiter.ForOneAsync(call, client, id, call.Value(Limit), cancellationToken);
        }
        catch (Exception left) when (left is OperationCanceledException or TimeoutException)
        {
            call.WriteNote(
                $"Job {id} goes on without us. Get its result with: headrace wait {id} && headrace results get {id}"
            );
            throw;
        }
        return await ResultsCommand.WriteAsync(call, client, ended, call.Value(OutputFile), cancellationToken);
    }
}
