using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>
/// <c>headrace submit</c>: submits one job, or one for each file, and prints the ids. A printed id means that the job
/// is on disk.
/// </summary>
internal static class SubmitCommand
{
    private static readonly JobOptions Job = new();
    private static readonly Option<string?> InputFile = new("--input")
    {
        Description = "The body of the job: a file, or - for standard input.",
        HelpName = "FILE",
    };
    private static readonly Option<string[]> Each = new("--each")
    {
        Description = "Submit one job per file, with the file's content as the job's body.",
        HelpName = "FILES",
        AllowMultipleArgumentsPerToken = true,
    };
    private static readonly Option<bool> Wait = new("--wait")
    {
        Description = "Wait for the jobs to end; exit with code 1 if any job did not succeed.",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand("submit", "Submit a job and print its id.")
        {
            Examples =
            [
                ("headrace submit sha512 iterations=1000 --input README.md", "Prints the id of the job."),
                (
                    "headrace submit sha512 iterations=1000 --each *.bin > ids.txt",
                    "Submits a job for each file, and prints ID<TAB>FILE once the job is on the server's disk."
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

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var job = Job.Read(context);
        var (input, files) = (context.Value(InputFile), context.Value(Each) ?? []);
        if (files.Length == 0)
            return await SubmitOneAsync(context, job, input, cancellationToken);
        if (input is not null)
            throw new UsageException(
                "--input and --each cannot be combined. Use --input to submit one job, or --each to submit one job "
                    + "per file."
            );
        if (job.IdempotencyKey is not null)
            throw new UsageException(
                "--key identifies one job, but --each submits several. Omit --key; each job then gets its own key."
            );
        return await new FileSubmitter(context, job, files, context.Value(Wait)).RunAsync(cancellationToken);
    }

    private static async Task<int> SubmitOneAsync(
        CommandContext context,
        JobRequest job,
        string? input,
        CancellationToken cancellationToken
    )
    {
        if (input is not null)
            job = job with { Body = await Body.ReadAsync(input, cancellationToken) };
        // If the queue is full, the command fails at once and the caller decides whether to try again.
        using var client = context.Connect(new HeadraceClientOptions { QueueFullTimeout = TimeSpan.Zero });
        var submitted = await client.SubmitAsync(job, cancellationToken);
        try
        {
            context.Terminal.WriteLine(
                context.Json ? Format.Json(submitted, HeadraceJson.Default.SubmittedReply) : submitted.Id
            );
        }
        catch (OutputException failed)
        {
            throw new OutputException(
                $"Job {submitted.Id} was submitted, but its id could not be printed. {failed.Message}"
            );
        }
        context.NoteRetries(client);
        if (!context.Value(Wait))
            return ExitCode.Done;

        var ended = await JobWaiter.ForOneAsync(context, client, submitted.Id, limit: null, cancellationToken);
        if (context.Json)
            context.Terminal.WriteLine(Format.Json(ended, HeadraceJson.Default.JobReply));
        else
            context.WriteNote($"Job {ended.Id} {Format.End(ended)}");
        return ended.HasSucceeded() ? ExitCode.Done : ExitCode.JobFailed;
    }
}
