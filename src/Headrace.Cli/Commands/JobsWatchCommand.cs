using System.CommandLine;
using System.Globalization;
using Headrace.Cli.Input;
using Headrace.Cli.Output;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary><c>headrace jobs watch</c>: prints the events of jobs as they happen.</summary>
internal static class JobsWatchCommand
{
    private static readonly Option<string?> Filter = FilterOption.Create("Watch only jobs that match this filter.");

    public static CliCommand Create()
    {
        var cliCommand = new CliCommand(
            "watch",
            "Print state changes, progress and log entries of jobs as they occur, until you press Ctrl-C."
        )
        {
            Examples =
            [
                (
                    "headrace jobs watch --filter \"queue:eu state:failed\"",
                    "Prints a line for each job in the queue that fails from now on."
                ),
            ],
        };
        cliCommand.Add(Filter);
        cliCommand.SetAction(WatchAsync);
        return cliCommand;
    }

    private static async Task<int> WatchAsync(CommandContext context, CancellationToken cancellationToken)
    {
        using var client = context.Connect();
        await foreach (
            var next in client.Events.WatchAsync(context.Value(Filter), cancellationToken: cancellationToken)
        )
            if (context.Json)
                context.Terminal.WriteLine(
                    Format.Json(
                        new EventLine(
                            next.Kind,
                            next.Job,
                            next.Queue,
                            next.Worker,
                            next.Pool,
                            next.Webhook,
                            next.Resync
                        ),
                        CliJson.Default.EventLine
                    )
                );
            else if (next.Resync is { } resync)
                WriteNote(context, resync);
            else
                context.Terminal.WriteRow(Row(next));
        return ExitCode.Done;
    }

    private static void WriteNote(CommandContext context, ResyncReply resync)
    {
        if (resync.Reason != "start")
            context.WriteNote(
                resync.Reason == "restarted"
                    ? "The server restarted. Changes during the restart are not shown."
                    : "There were too many changes to show, so some are missing. Use a narrower --filter."
            );
    }

    private static IReadOnlyList<string> Row(ServerEvent next) =>
        next switch
        {
            { Job: { } job } => Row(next.Kind, job),
            { Queue: { } queue } => Row(queue),
            { Pool: { } pool } => Row(pool),
            { Webhook: { } webhook } => Row(webhook),
            _ => Row(next.Worker!),
        };

    private static IReadOnlyList<string> Row(string kind, JobEventReply job) =>
        [
            Format.Time(job.At),
            job.Id,
            kind switch
            {
                "progress" => Percent(job.Progress),
                "log" => "log",
                _ => job.Reason is null ? job.State : $"{job.State} ({job.Reason})",
            },
            job.Queue,
            job.Method,
            job.Worker ?? "-",
            job.Error?.Message
                ?? (kind == "progress" ? job.Progress?.Text : null)
                ?? (job.PreviousQueue is { } queue ? $"moved from {queue}" : null)
                ?? (job.ScheduledAt is { } at ? $"at {Format.Time(at)}" : "-"),
        ];

    private static IReadOnlyList<string> Row(QueueEventReply queue) =>
        [Format.Time(queue.At), "-", queue.Change, queue.Name, "-", "-", queue.By is { } user ? $"by {user}" : "-"];

    private static IReadOnlyList<string> Row(PoolEventReply pool) =>
        [
            Format.Time(pool.At),
            "-",
            pool.Change,
            "-",
            "-",
            pool.Worker ?? $"pool {pool.Name}",
            pool.Reason ?? $"pool {pool.Name}",
        ];

    private static IReadOnlyList<string> Row(WorkerEventReply worker) =>
        [
            Format.Time(worker.At),
            "-",
            worker.Change,
            "-",
            "-",
            worker.Name,
            worker.Reason ?? (worker.Pool is { } pool ? $"pool {pool}" : "-"),
        ];

    private static IReadOnlyList<string> Row(WebhookEventReply webhook) =>
        [
            Format.Time(webhook.At),
            "-",
            webhook.State,
            webhook.Queue,
            "-",
            $"webhook {webhook.Name}",
            webhook.Reason ?? "-",
        ];

    /// <summary>Formats the completed fraction of a job, such as <c>35 %</c>.</summary>
    public static string Percent(ProgressReply? progress) =>
        string.Create(CultureInfo.InvariantCulture, $"{(progress?.Fraction ?? 0) * 100:0} %");
}
