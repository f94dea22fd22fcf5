using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace results</c>: prints the result of a job, lists the latest results, or consumes them.</summary>
internal static class ResultsCommand
{
    private static readonly Option<string?> OutputFile = new("--output", "-o")
    {
        Description = "Write the result to this file.",
        HelpName = "FILE",
    };
    private static readonly Option<string?> Queue = new Option<string?>("--queue")
    {
        Description = "List only jobs from this queue.",
        HelpName = "NAME",
    }.CompletesQueues();
    private static readonly Option<int?> Limit = Options.Limit(
        "The maximum number of jobs to list. [default: 10]",
        max: 1_000
    );

    public static Command Create() =>
        new("results", "Print, list and consume results.") { Get(), Latest(), ResultsPullCommand.Create() };

    private static CliCommand Get() =>
        OneJobCommand.Create(
            "get",
            "Print the result of a job that has ended.",
            (
                "headrace results get 42 --output digest.txt",
                "Writes the result to a file. Without --output, writes it to standard output."
            ),
            async call =>
            {
                var job = await call.Client.GetJobAsync(call.Id, call.Stop);
                if (job.HasEnded())
                    return await WriteAsync(call.Context, call.Client, job, call.Context.Value(OutputFile), call.Stop);
                throw new UsageException(
                    $"Job {job.Id} is {job.State} and has no result yet. To wait for it: headrace wait {job.Id}"
                );
            },
            OutputFile
        );

    private static CliCommand Latest()
    {
        var cliCommand = new CliCommand("latest", "List the jobs that ended most recently, without removing them.")
        {
            Examples =
            [
                (
                    "headrace results latest --queue default --limit 10",
                    "Lists the ten most recently ended jobs from a queue."
                ),
            ],
        };
        cliCommand.Add(Queue);
        cliCommand.Add(Limit);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var jobs = await client.ListLatestResultsAsync(
                    context.Value(Queue),
                    context.Value(Limit),
                    cancellationToken
                );
                if (context.Json)
                    foreach (var job in jobs)
                        context.Terminal.WriteLine(Format.Json(job, HeadraceJson.Default.JobReply));
                else
                    context.Terminal.WriteTable(
                        ["ID", "METHOD", "QUEUE", "ENDED", "RESULT", "STATE", "ERROR"],
                        jobs.Select(Row)
                    );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    /// <summary>Writes the result of an ended job, or an error if it has none.</summary>
    public static async Task<int> WriteAsync(
        CommandContext context,
        HeadraceClient client,
        JobReply ended,
        string? file,
        CancellationToken cancellationToken
    )
    {
        // With --json, the job itself is written to standard output, and its result to the --output file. A short text
        // result is also part of the job.
        if (context.Json)
            context.Terminal.WriteLine(Format.Json(ended, HeadraceJson.Default.JobReply));
        if (!ended.HasSucceeded())
        {
            context.Terminal.WriteError(
                $"Job {ended.Id} {Format.End(ended).TrimEnd('.')}. To see its history: headrace jobs show {ended.Id}"
            );
            return ExitCode.JobFailed;
        }
        if (context.Json && file is null)
            return ExitCode.Done;
        var result = await client.GetResultAsync(ended.Id, cancellationToken);
        if (file is not null and not "-")
        {
            await File.WriteAllBytesAsync(file, result.Bytes, cancellationToken);
            context.WriteNote($"Wrote {result.Bytes.Length} bytes ({result.ContentType}) to {file}.");
            return ExitCode.Done;
        }
        if (context.Terminal.OutputIsTerminal && !result.IsText)
            throw new UsageException(
                $"The result is {result.Bytes.Length} bytes of {result.ContentType}, not text. "
                    + $"To write it to a file: headrace results get {ended.Id} --output FILE"
            );
        context.Terminal.WriteBytes(result.Bytes);
        return ExitCode.Done;
    }

    private static IReadOnlyList<string> Row(JobReply job) =>
        [
            job.Id,
            job.Method,
            job.Queue,
            Format.Time(job.Ended),
            Format.Size(job.ResultBytes),
            Format.State(job),
            job.Error?.Message ?? "-",
        ];
}
