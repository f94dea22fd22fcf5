using System.CommandLine;
using Headrace.Cli.Output;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary><c>headrace jobs</c>: find, look at, ask why, cancel.</summary>
internal static class JobsCommand
{
    private static readonly Argument<string> Id = new("ID") { Description = "The job." };
    private static readonly Argument<string[]> Ids = new("ID")
    {
        Description = "Jobs to cancel.",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<string?> Filter = new("--filter")
    {
        Description = "Only these, such as 'state:failed queue:eu method:sha512'.",
        HelpName = "FILTER",
    };
    private static readonly Option<int?> Limit = Options.WholeNumber("--limit", "So many at most. [default: 50]");

    private static readonly Option<int?> Attempt = Options.WholeNumber("--attempt", "Only this attempt.");

    public static Command Create() =>
        new("jobs", "Look at jobs, and cancel them.") { List(), ShowOne(), WhyOne(), Logs(), Cancel() };

    private static CliCommand List()
    {
        var cliCommand = new CliCommand("list", "List jobs, newest first.")
        {
            Examples =
            [
                (
                    "headrace jobs list --filter \"state:failed queue:default\" --limit 20",
                    "The twenty newest failed jobs of a queue."
                ),
            ],
        };
        cliCommand.Add(Filter);
        cliCommand.Add(Limit);
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var limit = call.Value(Limit) ?? 50;
                if (limit < 1)
                    throw new UsageException($"--limit {limit} lists nothing. Give at least 1.");
                var jobs = await client
                    .ListJobsAsync(call.Value(Filter), cancellationToken)
                    .Take(limit + 1)
                    .ToListAsync(cancellationToken);
                var shown = jobs.Take(limit).ToList();
                if (call.Json)
                    foreach (var job in shown)
                        call.Terminal.WriteLine(Format.Json(job, HeadraceJson.Default.JobReply));
                else
                    call.Terminal.WriteTable(
                        ["ID", "METHOD", "QUEUE", "SUBMITTED", "ATTEMPT", "WORKER", "STATE"],
                        shown.Select(Row)
                    );
                if (jobs.Count > limit)
                    call.WriteNote($"There are more than {limit}: raise --limit, or narrow --filter.");
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand ShowOne()
    {
        var cliCommand = new CliCommand("show", "Show everything about a job.")
        {
            Examples = [("headrace jobs show 42", "State, times, worker, error, and what it waits for.")],
        };
        cliCommand.Add(Id);
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var job = await client.GetJobAsync(call.Value(Id), cancellationToken);
                if (call.Json)
                    call.Terminal.WriteLine(Format.Json(job, HeadraceJson.Default.JobReply));
                else
                    await WriteFactsAsync(call, client, job, cancellationToken);
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand WhyOne()
    {
        var cliCommand = new CliCommand("why", "Say in a sentence what a job waits for.")
        {
            Examples =
            [
                ("headrace jobs why 42", "Names the gate that holds it: no worker, not due yet, no free slot."),
            ],
        };
        cliCommand.Add(Id);
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var why = await client.GetWhyAsync(call.Value(Id), cancellationToken);
                call.Terminal.WriteLine(call.Json ? Format.Json(why, HeadraceJson.Default.WhyReply) : why.Why);
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Logs()
    {
        var cliCommand = new CliCommand("logs", "Print what a job's attempts logged.")
        {
            Examples = [("headrace jobs logs 42 --attempt 2", "The last 64 KB that the second attempt logged.")],
        };
        cliCommand.Add(Id);
        cliCommand.Add(Attempt);
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                await call.Terminal.WriteBytesAsync(
                    (await client.GetLogAsync(call.Value(Id), call.Value(Attempt), cancellationToken)).Bytes,
                    cancellationToken
                );
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static CliCommand Cancel()
    {
        var cliCommand = new CliCommand("cancel", "Cancel jobs.")
        {
            Examples = [("headrace jobs cancel 42 43", "A waiting job ends at once; a running one is asked to stop.")],
        };
        cliCommand.Add(Ids);
        cliCommand.SetAction(
            async (call, cancellationToken) =>
            {
                using var client = call.Connect();
                var code = ExitCode.Done;
                foreach (var id in call.Value(Ids))
                {
                    try
                    {
                        var result =
                            await client.CancelAsync(id, cancellationToken) == CancelResult.Cancelled
                                ? "cancelled"
                                : "cancel requested";
                        call.Terminal.WriteLine(
                            call.Json
                                ? Format.Json(new CancelLine(id, result), CliJson.Default.CancelLine)
                                : $"{id}\t{result}"
                        );
                    }
                    catch (HeadraceProblemException refused) when (refused.Status is 404 or 409)
                    {
                        // One that is over or unknown does not save the others.
                        call.Terminal.WriteError($"{id}: {refused.Message}");
                        if (code == ExitCode.Done)
                            code = ExitCode.FromStatus(refused.Status);
                    }
                }
                return code;
            }
        );
        return cliCommand;
    }

    private static async Task WriteFactsAsync(
        CommandContext call,
        HeadraceClient client,
        JobReply job,
        CancellationToken cancellationToken
    )
    {
        foreach (var (name, value) in JobDetails.Of(job))
            call.Terminal.WriteLine($"{name,-12} {Terminal.ToSingleLine(value)}");
        foreach (var attempt in await client.ListAttemptsAsync(job.Id, cancellationToken))
            call.Terminal.WriteLine(
                Terminal.ToSingleLine(
                    $"attempt {attempt.Attempt,-4} {attempt.Outcome} on {attempt.Worker}, {Format.Time(attempt.Claimed)} to {Format.Time(attempt.Ended)}{(attempt.Error is null ? "" : ": " + attempt.Error.Message)}"
                )
            );
    }

    private static IReadOnlyList<string> Row(JobReply job) =>
        [
            job.Id,
            job.Method,
            job.Queue,
            Format.Time(job.Submitted),
            Format.Number(job.Attempt),
            job.Worker ?? "-",
            Format.End(job),
        ];
}
