using System.CommandLine;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace results</c>: the bytes of one, or the latest of many.</summary>
internal static class ResultsCommand
{
    private static readonly Argument<string> Id = new("ID") { Description = "The job." };
    private static readonly Option<string?> OutputFile = new("--output", "-o")
    {
        Description = "Write the result to this file.",
        HelpName = "FILE",
    };
    private static readonly Option<string?> Queue = new("--queue")
    {
        Description = "Only of this queue.",
        HelpName = "NAME",
    };
    private static readonly Option<int?> Top = Options.WholeNumber("--top", "So many at most.");

    public static Command Create() => new("results", "Read results.") { Get(), Latest() };

    private static CliCommand Get()
    {
        var cliCommand = new CliCommand("get", "Print the result of an ended job.")
        {
            Examples =
            [
                (
                    "headrace results get 42 --output digest.txt",
                    "Writes the result's bytes to a file; without --output to standard output."
                ),
            ],
        };
        cliCommand.Add(Id);
        cliCommand.Add(OutputFile);
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var job = await client.GetJobAsync(call.Value(Id), cancellationToken);
                if (job.HasEnded())
                    return await WriteAsync(call, client, job, call.Value(OutputFile), cancellationToken);
                throw new UsageException(
                    $"Job {job.Id} is {job.State} and has no result yet. Wait for it: headrace wait {job.Id}"
                );
            }
        );
        return cliCommand;
    }

    private static CliCommand Latest()
    {
        var cliCommand = new CliCommand("latest", "List the jobs that ended last; nothing is removed.")
        {
            Examples = [("headrace results latest --queue default --top 10", "The ten latest ended jobs of a queue.")],
        };
        cliCommand.Add(Queue);
        cliCommand.Add(Top);
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var jobs = await client.ListLatestResultsAsync(call.Value(Queue), call.Value(Top), cancellationToken);
                if (call.Json)
                    foreach (var job in jobs)
                        call.Terminal.WriteLine(Format.Json(job, HeadraceJson.Default.JobReply));
                else
                    call.Terminal.WriteTable(["ID", "METHOD", "QUEUE", "ENDED", "RESULT", "STATE"], jobs.Select(Row));
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    /// <summary>Writes the result of an ended job, or why it has none.</summary>
    public static async Task<int> WriteAsync(
        CommandContext call,
        HeadraceClient client,
        JobReply ended,
        string? file,
        CancellationToken cancellationToken
    )
    {
        // With --json the job itself goes to standard output. Its result goes to the file of --output; a short text
        // result is also inside the job.
        if (call.Json)
            call.Terminal.WriteLine(Format.Json(ended, HeadraceJson.Default.JobReply));
        if (!ended.HasSucceeded())
        {
            call.Terminal.WriteError($"Job {ended.Id} {Format.End(ended)}. Its history: headrace jobs show {ended.Id}");
            return ExitCode.JobFailed;
        }
        if (call.Json && file is null)
            return ExitCode.Done;
        var result = await client.GetResultAsync(ended.Id, cancellationToken);
        if (file is not null and not "-")
        {
            await File.WriteAllBytesAsync(file, result.Bytes, cancellationToken);
            call.WriteNote($"{result.Bytes.Length} bytes of {result.ContentType} written to {file}.");
            return ExitCode.Done;
        }
        if (call.Terminal.OutputIsTerminal && !result.IsText)
            throw new UsageException(
                $"The result is {result.Bytes.Length} bytes of {result.ContentType}, not text. "
                    + $"Write it to a file: headrace results get {ended.Id} --output FILE"
            );
        await call.Terminal.WriteBytesAsync(result.Bytes, cancellationToken);
        return ExitCode.Done;
    }

    private static IReadOnlyList<string> Row(JobReply job) =>
        [job.Id, job.Method, job.Queue, Format.Time(job.Ended), Format.Size(job.ResultBytes), Format.End(job)];
}
