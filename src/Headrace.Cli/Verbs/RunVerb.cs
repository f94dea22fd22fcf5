using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace run</c>: submit, wait, print the result.</summary>
internal static class RunVerb
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
        var verb = new Verb("run", "Submit a job, wait for its end, and print its result.")
        {
            Examples =
            [
                ("headrace run sha512 iterations=1000 --input README.md", "Prints the digest."),
                ("headrace run noop --input photo.jpg --output copy.jpg", "Writes the result to a file."),
            ],
        };
        Job.AddTo(verb);
        verb.Add(InputFile);
        verb.Add(OutputFile);
        verb.Add(Limit);
        verb.Runs(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var job = Job.Read(call);
        if (call.Value(InputFile) is { } input)
            job = job with { Body = await Body.ReadAsync(input, cancellationToken) };
        using var client = call.Connect(new ClientOptions { WaitForRoom = TimeSpan.Zero });
        var id = (await client.SubmitAsync(job, cancellationToken)).Id;
        call.NoteRetries(client);
        JobReply ended;
        try
        {
            ended = await Waiting.ForOneAsync(call, client, id, call.Value(Limit), cancellationToken);
        }
        catch (Exception left) when (left is OperationCanceledException or TimeoutException)
        {
            call.Note(
                $"Job {id} goes on without us. Get its result with: headrace wait {id} && headrace results get {id}"
            );
            throw;
        }
        return await ResultsVerb.WriteAsync(call, client, ended, call.Value(OutputFile), cancellationToken);
    }
}
