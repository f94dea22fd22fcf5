using System.CommandLine;
using Headrace.Cli.Input;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>
/// <c>headrace queues set</c>, <c>pause</c>, <c>resume</c>, <c>drain</c> and <c>purge</c>: control a queue.
/// </summary>
internal static class QueueSettingsCommands
{
    /// <summary>Interval between checks of a queue that is being drained.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    private static readonly Argument<string> Name = new Argument<string>("NAME")
    {
        Description = "The name of the queue.",
    }.CompletesQueues();
    private static readonly Option<long?> MaxJobs = new("--max-jobs")
    {
        Description = "The maximum number of unfinished jobs.",
        HelpName = "N",
    };
    private static readonly Option<long?> MaxBytes = Options.Size(
        "--max-bytes",
        "The maximum size of the bodies and params of the unfinished jobs."
    );
    private static readonly Option<TimeSpan?> TimeLimit = Options.Duration(
        "--time-limit",
        "The time limit for jobs that are submitted without one."
    );
    private static readonly Option<RetryOptions?> Retry = RetryOption.Create(
        "The retry policy for jobs whose submission and method do not specify one, such as max=5,delay=10s."
    );
    private static readonly Option<TimeSpan?> WaitWhenFull = Options.Duration(
        "--wait-when-full",
        "How long a submission waits for a place while the queue is full, at most 30s. [default: it is rejected]"
    );
    private static readonly Option<TimeSpan?> Keep = Options.Duration(
        "--keep",
        "How long succeeded jobs are kept, at least 1h. [default: 7d]"
    );
    private static readonly Option<long?> KeepBytes = Options.Size(
        "--keep-bytes",
        "The size of the succeeded jobs above which the oldest are deleted. [default: 8GB]"
    );
    private static readonly Option<TimeSpan?> KeepFailed = Options.Duration(
        "--keep-failed",
        "How long failed and cancelled jobs are kept, at least 1h. [default: 30d]"
    );
    private static readonly Option<long?> KeepFailedBytes = Options.Size(
        "--keep-failed-bytes",
        "The size of the failed and cancelled jobs above which the oldest are deleted. [default: 8GB]"
    );
    private static readonly Option<bool> Reset = new("--reset")
    {
        Description = "Reset all settings to their defaults first.",
    };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Wait until the queue has no jobs." };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Do not ask for confirmation." };

    public static CliCommand Set()
    {
        var cliCommand = new CliCommand("set", "Change the settings of a queue, or show them.")
        {
            Examples =
            [
                (
                    "headrace queues set eu --max-jobs 5000 --keep 3d --keep-bytes 2GB",
                    "The queue holds up to 5,000 jobs. Succeeded jobs are deleted after 3 days, or earlier if together "
                        + "they occupy more than 2 GB. The other settings remain unchanged."
                ),
                ("headrace queues set eu", "Shows the settings."),
            ],
        };
        cliCommand.Add(Name);
        foreach (var option in new Option[] { MaxJobs, MaxBytes, TimeLimit, Retry, WaitWhenFull, Keep })
            cliCommand.Add(option);
        foreach (var option in new Option[] { KeepBytes, KeepFailed, KeepFailedBytes, Reset })
            cliCommand.Add(option);
        cliCommand.SetAction(SetAsync);
        return cliCommand;
    }

    public static CliCommand Pause() =>
        Action(
            "pause",
            "Pause a queue: its waiting jobs do not start. Running jobs continue, and new jobs are accepted.",
            ("headrace queues pause eu", "The jobs in the queue wait until: headrace queues resume eu"),
            (client, queue, stop) => client.Queues.PauseAsync(queue, stop)
        );

    public static CliCommand Resume() =>
        Action(
            "resume",
            "Resume a queue that is paused or being drained.",
            ("headrace queues resume eu", "Starts the jobs in the queue again, and accepts new ones."),
            (client, queue, stop) => client.Queues.ResumeAsync(queue, stop)
        );

    public static CliCommand Drain()
    {
        var cliCommand = Action(
            "drain",
            "Drain a queue: it accepts no further jobs, and the jobs already in it still run.",
            ("headrace queues drain eu --wait", "Returns when the last job in the queue has ended."),
            async (client, queue, stop) => await client.Queues.DrainAsync(queue, stop),
            async (context, client, queue, stop) =>
            {
                if (context.Value(Wait))
                    await WaitUntilEmptyAsync(context, client, queue, stop);
            }
        );
        cliCommand.Add(Wait);
        return cliCommand;
    }

    public static CliCommand Purge()
    {
        var cliCommand = new CliCommand(
            "purge",
            "Cancel the ready jobs in a queue. Running and scheduled jobs are not affected."
        )
        {
            Examples = [("headrace queues purge eu --yes", "Cancels all jobs in the queue that are ready now.")],
        };
        cliCommand.Add(Name);
        cliCommand.Add(Yes);
        cliCommand.SetAction(PurgeAsync);
        return cliCommand;
    }

    private static CliCommand Action(
        string name,
        string description,
        (string, string) example,
        Func<HeadraceClient, string, CancellationToken, Task<QueueSettingsReply>> act,
        Func<CommandContext, HeadraceClient, string, CancellationToken, Task>? then = null
    )
    {
        var cliCommand = new CliCommand(name, description) { Examples = [example] };
        cliCommand.Add(Name);
        cliCommand.SetAction(
            async (context, cancellationToken) =>
            {
                using var client = context.Connect();
                var queue = context.Value(Name);
                var note = await QueueNames.MisspeltAsync(client, queue, cancellationToken);
                Write(context, await act(client, queue, cancellationToken));
                if (note is not null)
                    context.WriteNote(note);
                if (then is not null)
                    await then(context, client, queue, cancellationToken);
                return ExitCode.Done;
            }
        );
        return cliCommand;
    }

    private static async Task<int> SetAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var queue = context.Value(Name);
        var before = await client.Queues.GetSettingsAsync(queue, cancellationToken);
        if (!IsChange(context))
        {
            Write(context, before);
            return ExitCode.Done;
        }
        var note = await QueueNames.MisspeltAsync(client, queue, cancellationToken);
        var reset = context.Value(Reset);
        var request = new QueueSettingsRequest
        {
            Version = before.Version,
            MaxJobs = context.Value(MaxJobs) ?? (reset ? null : before.MaxJobs),
            MaxBytes = context.Value(MaxBytes) ?? (reset ? null : before.MaxBytes),
            TimeLimit = Text(context.Value(TimeLimit)) ?? (reset ? null : before.TimeLimit),
            WaitWhenFull = Text(context.Value(WaitWhenFull)) ?? (reset ? null : before.WaitWhenFull),
            KeepSucceeded = Limit(context.Value(Keep), context.Value(KeepBytes), reset ? null : before.KeepSucceeded),
            KeepFailed = Limit(
                context.Value(KeepFailed),
                context.Value(KeepFailedBytes),
                reset ? null : before.KeepFailed
            ),
            Retry =
                context.Value(Retry) is { } retry ? RetryText.ToTerms(retry)
                : reset ? null
                : before.Retry,
        };
        Write(context, await client.Queues.SetSettingsAsync(queue, request, cancellationToken));
        if (note is not null)
            context.WriteNote(note);
        return ExitCode.Done;
    }

    private static bool IsChange(CommandContext context) =>
        context.Value(Reset)
        || context.Value(MaxJobs) is not null
        || context.Value(MaxBytes) is not null
        || context.Value(TimeLimit) is not null
        || context.Value(Retry) is not null
        || context.Value(WaitWhenFull) is not null
        || context.Value(Keep) is not null
        || context.Value(KeepBytes) is not null
        || context.Value(KeepFailed) is not null
        || context.Value(KeepFailedBytes) is not null;

    private static async Task<int> PurgeAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        var queue = context.Value(Name);
        var ready = (await client.GetQueueAsync(queue, cancellationToken))
            .Counts.Where(count => count.State == "ready")
            .Sum(count => count.Jobs);
        if (ready > 0 && !context.Value(Yes))
            throw new UsageException(
                $"This would cancel {Format.Count(ready, "ready job")} in the queue '{queue}'. Specify --yes to "
                    + "confirm."
            );
        var (cancelled, reply) = (0L, new PurgeReply(0, ready));
        // Sends the request even if no job seems to be ready: a caller without permission to purge may not be able to
        // see the counts either, and it is the server that must reject the request.
        for (var asks = context.Value(Yes); asks; asks = reply.Ready > 0)
        {
            reply = await client.Queues.PurgeAsync(queue, Math.Clamp(reply.Ready, 1, int.MaxValue), cancellationToken);
            cancelled += reply.Cancelled;
            if (reply.Ready > 0)
                context.WriteNote($"{Format.Number(cancelled)} of {Format.Number(ready)} jobs have been cancelled.");
        }
        if (context.Json)
            context.Terminal.WriteLine(
                Format.Json(reply with { Cancelled = cancelled }, HeadraceJson.Default.PurgeReply)
            );
        else
            context.WriteNote($"Cancelled: {Format.Count(cancelled, "job")} in the queue '{queue}'.");
        return ExitCode.Done;
    }

    private static async Task WaitUntilEmptyAsync(
        CommandContext context,
        HeadraceClient client,
        string queue,
        CancellationToken cancellationToken
    )
    {
        var (last, wasPaused) = (-1L, false);
        while (true)
        {
            var current = await client.GetQueueAsync(queue, cancellationToken);
            if (current.Jobs == 0)
                return;
            if (current.Jobs != last)
                context.WriteNote(
                    $"{Format.Count(current.Jobs, "job")} in the queue '{queue}' "
                        + $"{(current.Jobs == 1 ? "has" : "have")} not ended."
                );
            var isPaused = current.Paused == true;
            if (isPaused && !wasPaused)
                context.WriteNote(
                    $"The queue '{queue}' is paused: its waiting jobs do not start, so this command waits until it is "
                        + "resumed. A resume also ends the drain. To do both, interrupt this command and run: "
                        + $"headrace queues resume {queue} && headrace queues drain {queue} --wait"
                );
            (last, wasPaused) = (current.Jobs, isPaused);
            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    private static void Write(CommandContext context, QueueSettingsReply settings)
    {
        if (context.Json)
        {
            context.Terminal.WriteLine(Format.Json(settings, HeadraceJson.Default.QueueSettingsReply));
            return;
        }
        context.Terminal.WriteTable(
            [
                "QUEUE",
                "STATE",
                "MAX JOBS",
                "MAX BYTES",
                "WHEN FULL",
                "TIME LIMIT",
                "KEEP",
                "KEEP FAILED",
                "RETRY",
                "CHANGED",
            ],
            [
                [
                    settings.Queue,
                    State(settings),
                    settings.MaxJobs is { } jobs ? Format.Number(jobs) : "default",
                    settings.MaxBytes is { } bytes ? Format.Size(bytes) : "default",
                    settings.WaitWhenFull is { } wait ? $"wait {wait}" : "reject",
                    settings.TimeLimit ?? "-",
                    Format.Keep(settings.KeepSucceeded),
                    Format.Keep(settings.KeepFailed),
                    settings.Retry is { } retry ? RetryText.ToText(retry) : "default",
                    settings.ChangedAt is { } at ? $"{Format.Time(at)} by {settings.ChangedBy}" : "-",
                ],
            ]
        );
    }

    private static string State(QueueSettingsReply settings) =>
        (settings.Paused, settings.Draining) switch
        {
            (true, true) => "paused, draining",
            (true, false) => "paused",
            (false, true) => "draining",
            _ => "open",
        };

    private static string? Text(TimeSpan? duration) => duration is { } span ? DurationText.ToText(span) : null;

    private static KeepLimit? Limit(TimeSpan? age, long? bytes, KeepLimit? before) =>
        new() { Age = Text(age) ?? before?.Age, Bytes = bytes ?? before?.Bytes };
}
