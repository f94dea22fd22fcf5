using System.CommandLine;
using System.Globalization;
using Headrace.Bench.Retention;
using Headrace.Commands;
using Headrace.Commands.Input;

namespace Headrace.Bench.Feeds;

/// <summary>
/// <c>bench/run feeds</c>: measures how fast consumers pull and acknowledge the jobs of a feed, and how fast a webhook
/// delivers them.
/// </summary>
internal static class FeedsCommand
{
    private static readonly Option<int?> Jobs = Options.WholeNumber(
        "--jobs",
        "The number of ended jobs in the store. [default: 500000]"
    );
    private static readonly Option<int?> Consumers = Options.WholeNumber(
        "--consumers",
        "The number of consumers of the feed. [default: 4]"
    );
    private static readonly Option<int?> Top = Options.WholeNumber(
        "--top",
        "The number of jobs in one pull. [default: 1000]"
    );
    private static readonly Option<int?> Deliveries = Options.WholeNumber(
        "--deliveries",
        "The number of jobs that the webhook delivers. [default: 20000]"
    );
    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the table to this file, as Markdown.",
        HelpName = "FILE",
    };

    private static readonly IReadOnlyList<string> Headings =
    [
        "jobs",
        "consumers",
        "jobs per pull",
        "duration",
        "pulled and acknowledged per second",
        "µs CPU per job: server + consumers",
        "slowest pull",
        "commits",
    ];

    private static readonly IReadOnlyList<string> WebhookHeadings =
    [
        "jobs",
        "duration",
        "delivered per second",
        "processor time of the server per job",
        "delivered again",
    ];

    public static Command Create()
    {
        var cliCommand = new CliCommand("feeds", "Measure consumers and a webhook that receive the jobs of a feed.")
        {
            Examples =
            [
                (
                    "bench/run feeds --jobs 100000",
                    "Consumes 100,000 ended jobs with four consumers, and then delivers 20,000 with a webhook."
                ),
            ],
        };
        foreach (var option in new Option[] { Jobs, Consumers, Top, Deliveries, Report })
            cliCommand.Add(option);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var (jobs, consumers, top) = (
            context.Value(Jobs) ?? 500_000,
            context.Value(Consumers) ?? 4,
            context.Value(Top) ?? 1_000
        );
        var run = await InFolderAsync(folder => FeedMeasure.RunAsync(folder, jobs, consumers, top, stop));
        context.Terminal.WriteTable(Headings, [Row(run)]);
        var webhook = await InFolderAsync(folder =>
            WebhookMeasure.RunAsync(folder, context.Value(Deliveries) ?? 20_000, stop)
        );
        context.Terminal.WriteTable(WebhookHeadings, [Row(webhook)]);
        if (context.Value(Report) is { } report)
            await File.WriteAllTextAsync(report, Page(run, webhook), stop);
        return run.Acknowledged == run.Jobs && run.Repeated == 0 && webhook.Repeated == 0
            ? ExitCode.Done
            : ExitCode.JobFailed;
    }

    private static async Task<T> InFolderAsync<T>(Func<string, Task<T>> measure)
    {
        var folder = Directory.CreateTempSubdirectory("headrace-feeds-").FullName;
        try
        {
            return await measure(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IReadOnlyList<string> Row(WebhookRate webhook) =>
        [
            Number(webhook.Delivered),
            string.Create(CultureInfo.InvariantCulture, $"{webhook.Seconds:0.0} s"),
            Number((long)(webhook.Delivered / webhook.Seconds)),
            string.Create(CultureInfo.InvariantCulture, $"{webhook.Micros:0} µs"),
            Number(webhook.Repeated),
        ];

    private static IReadOnlyList<string> Row(FeedRun run) =>
        [
            Number(run.Acknowledged),
            Number(run.Consumers),
            Number(run.Top),
            string.Create(CultureInfo.InvariantCulture, $"{run.Seconds:0.0} s"),
            Number((long)(run.Acknowledged / run.Seconds)),
            string.Create(CultureInfo.InvariantCulture, $"{run.ServerMicros:0.0} + {run.ConsumerMicros:0.0}"),
            string.Create(CultureInfo.InvariantCulture, $"{run.SlowestPull * 1_000:0} ms"),
            Number(run.Commits),
        ];

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Page(FeedRun run, WebhookRate webhook) =>
        $"""
            # `bench/run feeds`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(Path.GetTempPath())}")}

            `bench/run feeds --jobs {run.Jobs} --consumers {run.Consumers} --top {run.Top} --deliveries {(
                webhook.Delivered
            )}`

            A store contains succeeded `noop` jobs with results of {EndedJobs.ResultBytes} bytes. Consumers on the same
            machine, in one process, pull them from a feed over HTTP and acknowledge each pull with one request. Each of
            them parses what it receives. `fsync` is on.

            {MarkdownTable.Of(Headings, [Row(run)])}

            One webhook delivers such jobs to a receiver in the process of the measurement, over HTTP without TLS. The
            receiver verifies the signature of each message.

            {MarkdownTable.Of(WebhookHeadings, [Row(webhook)])}
            """;
}
