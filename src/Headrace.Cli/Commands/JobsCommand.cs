using System.CommandLine;
using System.Text;
using Headrace.Cli.Input;
using Headrace.Cli.Output;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace jobs</c>: lists, shows, explains, cancels and retries jobs.</summary>
internal static class JobsCommand
{
    private static readonly Argument<string[]> Ids = new("ID")
    {
        Description = "The ids of the jobs to cancel.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private static readonly BulkChange Canceling = new("cancel", "Cancel the unfinished jobs that match this filter.");
    private static readonly Option<string?> Filter = FilterOption.Create("List only jobs that match this filter.");
    private static readonly Option<int?> Limit = Options.Limit("The maximum number of jobs to list. [default: 50]");

    private static readonly Option<int?> Attempt = Options.WholeNumber(
        "--attempt",
        "Print only the log of this attempt."
    );

    private static readonly Option<bool> Follow = new("--follow", "-f")
    {
        Description = "Keep printing the job's log until the job ends. Its progress is written to standard error.",
    };

    private static readonly Option<int?> LogLines = Options.WholeNumber(
        "--log",
        "The number of lines to print from the end of each attempt's log. [default: 10]"
    );

    public static Command Create()
    {
        var group = new CliCommand("jobs", "List, show, cancel, retry, change and delete jobs.")
        {
            Examples = [("headrace jobs", "Lists the 50 newest jobs.")],
        };
        group.Add(List());
        group.Add(Show());
        group.Add(Why());
        group.Add(Logs());
        group.Add(JobsWatchCommand.Create());
        group.Add(Attempts());
        group.Add(JobsFailuresCommand.Create());
        group.Add(Cancel());
        group.Add(JobsRetryCommand.Create());
        group.Add(JobsChangeCommands.CreatePrioritize());
        group.Add(JobsChangeCommands.CreateMove());
        group.Add(JobsDeleteCommand.Create());
        group.SetAction(ListAsync);
        return group;
    }

    private static CliCommand List()
    {
        var cliCommand = new CliCommand("list", "List jobs, newest first.")
        {
            Examples =
            [
                (
                    "headrace jobs list --filter \"state:failed queue:default\" --limit 20",
                    "Lists the twenty newest failed jobs from a queue."
                ),
            ],
        };
        cliCommand.Add(Filter);
        cliCommand.Add(Limit);
        cliCommand.SetAction(ListAsync);
        return cliCommand;
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var limit = context.Value(Limit) ?? 50;
        using var client = context.Connect();
        var jobs = await client
            .ListJobsAsync(context.Value(Filter), cancellationToken)
            .Take(limit + 1)
            .ToListAsync(cancellationToken);
        var shown = jobs.Take(limit).ToList();
        if (context.Json)
            foreach (var job in shown)
                context.Terminal.WriteLine(Format.Json(job, HeadraceJson.Default.JobReply));
        else
            context.Terminal.WriteTable(
                ["ID", "METHOD", "QUEUE", "SUBMITTED", "ATTEMPT", "WORKER", "STATE", "ERROR"],
                shown.Select(Row)
            );
        if (jobs.Count > limit)
            context.WriteNote($"More than {limit} jobs match. Increase --limit, or use a narrower --filter.");
        return ExitCode.Done;
    }

    private static CliCommand Show() =>
        OneJobCommand.Create(
            "show",
            "Show the details of a job.",
            (
                "headrace jobs show 42",
                "Prints the job's state, times, worker and error, and the reason why it is waiting, if it is."
            ),
            call => call.Client.GetJobAsync(call.Id, call.Stop),
            HeadraceJson.Default.JobReply,
            (call, job) => WriteFactsAsync(call.Context, call.Client, job, call.Stop)
        );

    private static CliCommand Why() =>
        OneJobCommand.Create(
            "why",
            "Explain in one sentence why a job is waiting.",
            (
                "headrace jobs why 42",
                "Prints the reason, for example that no worker offers the method or that all slots are in use."
            ),
            call => call.Client.ExplainAsync(call.Id, call.Stop),
            HeadraceJson.Default.WhyReply,
            (call, why) =>
            {
                call.Context.Terminal.WriteLine(why.Why);
                return Task.CompletedTask;
            }
        );

    private static CliCommand Logs() =>
        OneJobCommand.Create(
            "logs",
            "Print the logs of a job's attempts.",
            ("headrace jobs logs 42 -f", "Prints the last 64 KB of each attempt's log, then each new line."),
            async call =>
            {
                if (call.Context.Value(Follow))
                {
                    var attempt = call.Context.Value(Attempt);
                    await new JobLogFollower(call.Context, call.Client, call.Id, attempt).RunAsync(call.Stop);
                    return ExitCode.Done;
                }
                var log = await call.Client.GetLogAsync(call.Id, call.Context.Value(Attempt), call.Stop);
                call.Context.Terminal.WriteBytes(Encoding.UTF8.GetBytes(log));
                return ExitCode.Done;
            },
            Attempt,
            Follow
        );

    private static CliCommand Attempts() =>
        OneJobCommand.Create(
            "attempts",
            "List the attempts of a job with their errors and the last lines of their logs.",
            (
                "headrace jobs attempts 42 --log 20",
                "Prints a block for each attempt: its outcome, worker, times and error, and its last 20 log lines."
            ),
            async call =>
            {
                var attempts = await call.Client.ListAttemptsAsync(call.Id, call.Context.Value(LogLines), call.Stop);
                foreach (var attempt in attempts)
                    if (call.Context.Json)
                        call.Context.Terminal.WriteLine(Format.Json(attempt, HeadraceJson.Default.AttemptReply));
                    else
                        AttemptText.Write(call.Context.Terminal, attempt);
                return ExitCode.Done;
            },
            LogLines
        );

    private static CliCommand Cancel()
    {
        var cliCommand = new CliCommand("cancel", "Cancel jobs.")
        {
            Examples =
            [
                ("headrace jobs cancel 42 43", "Cancels waiting jobs immediately, and asks running jobs to stop."),
                (
                    "headrace jobs cancel --filter \"queue:eu state:ready age:>1h\"",
                    "Cancels the jobs in a queue that have been waiting for more than an hour."
                ),
            ],
        };
        cliCommand.Add(Ids);
        Canceling.AddTo(cliCommand);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var ids = JobChoice.Read(context.Value(Ids), Canceling.FilterOf(context));
                if (ids.Count == 0)
                    return await Canceling.RunAsync(context, client, new SweepRequest(), cancellationToken);
                var code = ExitCode.Done;
                foreach (var id in ids)
                {
                    try
                    {
                        var result =
                            await client.CancelAsync(id, cancellationToken) == CancelResult.Cancelled
                                ? "cancelled"
                                : "cancel requested";
                        if (context.Json)
                            context.Terminal.WriteLine(
                                Format.Json(new CancelLine(id, result), CliJson.Default.CancelLine)
                            );
                        else
                            context.Terminal.WriteRow(id, result);
                    }
                    catch (HeadraceProblemException rejected) when (rejected.Status is 404 or 409)
                    {
                        // If one job is unknown or has ended, the other jobs are still cancelled.
                        context.Terminal.WriteError($"{id}: {rejected.Message}");
                        if (code == ExitCode.Done)
                            code = ExitCode.FromProblem(rejected);
                    }
                }
                return code;
            }
        );
        return cliCommand;
    }

    private static async Task WriteFactsAsync(
        CommandContext context,
        HeadraceClient client,
        JobReply job,
        CancellationToken cancellationToken
    )
    {
        JobDetails.Write(context.Terminal, job);
        foreach (var attempt in await client.ListAttemptsAsync(job.Id, logLines: 0, cancellationToken))
            context.Terminal.WriteLine(
                $"attempt {attempt.Attempt,-4} {attempt.Outcome} on {attempt.Worker}, "
                    + $"{Format.Time(attempt.Claimed)} to {Format.Time(attempt.Ended)}"
                    + (attempt.Error is null ? "" : ": " + attempt.Error.Message)
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
            Format.State(job),
            job.Error?.Message ?? "-",
        ];
}
