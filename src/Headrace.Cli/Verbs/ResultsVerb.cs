using System.CommandLine;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace results</c>: the bytes of one, or the latest of many.</summary>
internal static class ResultsVerb
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
    private static readonly Option<int?> Top = Options.Whole("--top", "So many at most.");

    public static Command Create() => new("results", "Read results.") { Get(), Latest() };

    private static Verb Get()
    {
        var verb = new Verb("get", "Print the result of an ended job.")
        {
            Examples =
            [
                (
                    "headrace results get 42 --output digest.txt",
                    "Writes the result's bytes to a file; without --output to standard output."
                ),
            ],
        };
        verb.Add(Id);
        verb.Add(OutputFile);
        verb.Runs(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var job = await client.JobAsync(call.Value(Id), cancellationToken);
                if (job.HasEnded())
                    return await WriteAsync(call, client, job, call.Value(OutputFile), cancellationToken);
                throw new UsageException(
                    $"Job {job.Id} is {job.State} and has no result yet. Wait for it: headrace wait {job.Id}"
                );
            }
        );
        return verb;
    }

    private static Verb Latest()
    {
        var verb = new Verb("latest", "List the jobs that ended last; nothing is removed.")
        {
            Examples = [("headrace results latest --queue default --top 10", "The ten latest ended jobs of a queue.")],
        };
        verb.Add(Queue);
        verb.Add(Top);
        verb.Runs(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var jobs = await client.LatestResultsAsync(call.Value(Queue), call.Value(Top), cancellationToken);
                if (call.Json)
                    foreach (var job in jobs)
                        call.Terminal.Line(Show.Json(job, HeadraceJson.Default.JobReply));
                else
                    call.Terminal.Table(["ID", "METHOD", "QUEUE", "ENDED", "RESULT", "STATE"], jobs.Select(Row));
                return ExitCode.Done;
            }
        );
        return verb;
    }

    /// <summary>Writes the result of an ended job, or why it has none.</summary>
    public static async Task<int> WriteAsync(
        Call call,
        HeadraceClient client,
        JobReply ended,
        string? file,
        CancellationToken cancellationToken
    )
    {
        // With --json the job itself goes to standard output. Its result goes to the file of --output; a short text
        // result is also inside the job.
        if (call.Json)
            call.Terminal.Line(Show.Json(ended, HeadraceJson.Default.JobReply));
        if (!ended.HasSucceeded())
        {
            call.Terminal.Fail($"Job {ended.Id} {Show.End(ended)}. Its history: headrace jobs show {ended.Id}");
            return ExitCode.JobFailed;
        }
        if (call.Json && file is null)
            return ExitCode.Done;
        var result = await client.ResultAsync(ended.Id, cancellationToken);
        if (file is not null and not "-")
        {
            await File.WriteAllBytesAsync(file, result.Bytes, cancellationToken);
            call.Note($"{result.Bytes.Length} bytes of {result.ContentType} written to {file}.");
            return ExitCode.Done;
        }
        if (call.Terminal.OutputIsScreen && !result.IsText)
            throw new UsageException(
                $"The result is {result.Bytes.Length} bytes of {result.ContentType}, not text. "
                    + $"Write it to a file: headrace results get {ended.Id} --output FILE"
            );
        await call.Terminal.WriteBytesAsync(result.Bytes, cancellationToken);
        return ExitCode.Done;
    }

    private static IReadOnlyList<string> Row(JobReply job) =>
        [job.Id, job.Method, job.Queue, Show.Time(job.Ended), Show.Size(job.ResultBytes), Show.End(job)];
}
