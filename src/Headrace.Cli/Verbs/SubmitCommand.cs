using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary>
/// <c>headrace submit</c>: one job, or a job for each file. Prints ids; an id that was printed is a job on disk.
/// </summary>
internal static class SubmitCommand
{
    private static readonly JobOptions Job = new();
    private static readonly Option<string?> InputFile = new("--input")
    {
        Description = "The body: a file, or - for standard input.",
        HelpName = "FILE",
    };
    private static readonly Option<string[]> Each = new("--each")
    {
        Description = "A job for each of these files, the file as its body.",
        HelpName = "FILES",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<bool> Wait = new("--wait")
    {
        Description = "Wait for the end; exit 1 if a job failed.",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand("submit", "Submit a job and print its id.")
        {
            Examples =
            [
                ("headrace submit sha512 iterations=1000 --input README.md", "Prints the job's id."),
                (
                    "headrace submit sha512 iterations=1000 --each *.bin > ids.txt",
                    "A job for each file; a line ID<TAB>FILE as each is on the server's disk."
                ),
            ],
        };
        Job.AddTo(cliCommand);
        cliCommand.Add(InputFile);
        cliCommand.Add(Each);
        cliCommand.Add(Wait);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext call, CancellationToken cancellationToken)
    {
        var job = Job.Read(call);
        var (input, files) = (call.Value(InputFile), call.Value(Each) ?? []);
        if (files.Length == 0)
            return await OneAsync(call, job, input, cancellationToken);
        if (input is not null)
            throw new UsageException("--input and --each are both given. One job takes --input, many take --each.");
        if (job.IdempotencyKey is not null)
            throw new UsageException(
                "--key names one job and --each makes many. Leave --key out: each file's job has a key of its own."
            );
        return await new FileSubmitter(call, job, files, call.Value(Wait)).RunAsync(cancellationToken);
    }

    private static async Task<int> OneAsync(
        CommandContext call,
        JobRequest job,
        string? input,
        CancellationToken cancellationToken
    )
    {
        if (input is not null)
            job = job with { Body = await Body.ReadAsync(input, cancellationToken) };
        // One job that finds its queue full is refused at once: whoever submits it decides whether to come back.
        using var client = call.Connect(new ClientOptions { QueueFullTimeout = TimeSpan.Zero });
        var submitted = await client.SubmitAsync(job, cancellationToken);
        call.Terminal.WriteLine(call.Json ? Format.Json(submitted, HeadraceJson.Default.SubmittedReply) : submitted.Id);
        call.NoteRetries(client);
        if (!call.Value(Wait))
            return ExitCode.Done;

        var ended = await JobWaiter.ForOneAsync(call, client, submitted.Id, limit: null, cancellationToken);
        if (call.Json)
            call.Terminal.WriteLine(Format.Json(ended, HeadraceJson.Default.JobReply));
        else
            call.WriteNote($"Job {ended.Id} {Format.End(ended)}");
        return ended.HasSucceeded() ? ExitCode.Done : ExitCode.JobFailed;
    }
}
