using System.CommandLine;
using System.Globalization;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Core;

namespace Headrace.Bench.Bulk;

/// <summary>
/// <c>bench/run bulk</c>: measures how fast one command cancels many jobs, and how long searches for ended jobs take.
/// </summary>
internal static class BulkCommand
{
    private static readonly Option<int> Jobs = new("--jobs")
    {
        Description = "The number of ready jobs to cancel and search.",
        HelpName = "N",
        DefaultValueFactory = _ => 1_000_000,
    };

    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the tables to this file, as Markdown.",
        HelpName = "FILE",
    };

    private static readonly IReadOnlyList<string> SweepHeadings =
    [
        "ready jobs",
        "cancelled",
        "duration",
        "jobs/s",
        "slowest submission at that time",
    ];

    private static readonly IReadOnlyList<string> SearchHeadings = ["filter", "found", "examined", "median", "slowest"];

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "bulk",
            "Measure how fast one command cancels many ready jobs, and how long searches of the ended jobs take."
        )
        {
            Examples =
            [
                (
                    "bench/run bulk --jobs 100000",
                    "Fills a store, cancels all of its jobs, and searches the ended jobs."
                ),
            ],
        };
        cliCommand.Add(Jobs);
        cliCommand.Add(Report);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("headrace-bulk-").FullName;
        try
        {
            var run = await BulkMeasure.RunAsync(folder, context.Value(Jobs), stop);
            if (context.Json)
                context.Terminal.WriteLine(Format.Json(run, BenchJson.Default.BulkRun));
            else
            {
                context.Terminal.WriteTable(SweepHeadings, [Row(run)]);
                context.Terminal.WriteTable(SearchHeadings, run.Searches.Select(Row));
                context.Terminal.WriteTable(StepSummary.Headings, run.Steps.Select(step => step.ToRow()));
            }
            if (context.Value(Report) is { } report)
                await File.WriteAllTextAsync(report, Page(run), stop);
            return run.Changed == run.Jobs ? ExitCode.Done : ExitCode.JobFailed;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IReadOnlyList<string> Row(BulkRun run) =>
        [
            run.Jobs.ToString("N0", CultureInfo.InvariantCulture),
            run.Changed.ToString("N0", CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"{run.Seconds:0.0} s"),
            (run.Changed / run.Seconds).ToString("N0", CultureInfo.InvariantCulture),
            Milliseconds(run.SlowestSubmission * 1_000),
        ];

    private static IReadOnlyList<string> Row(SearchTime search) =>
        [
            search.Filter,
            search.Found.ToString("N0", CultureInfo.InvariantCulture),
            search.Examined.ToString("N0", CultureInfo.InvariantCulture),
            Milliseconds(search.Median),
            Milliseconds(search.Slowest),
        ];

    private static string Milliseconds(double number) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:0.0} ms");

    private static string Page(BulkRun run) =>
        $"""
            # `bench/run bulk`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(Path.GetTempPath())}")}

            `bench/run bulk --jobs {run.Jobs.ToString(CultureInfo.InvariantCulture)}`

            A store is filled over HTTP with ready jobs, one of 10,000 with a tag and a key. One sweep cancels all of
            them, while a client submits one job after another.

            {MarkdownTable.Of(SweepHeadings, [Row(run)])}

            Then a client searches the ended jobs for at most 50 matches, 50 times with each filter, over HTTP.

            {MarkdownTable.Of(SearchHeadings, run.Searches.Select(Row))}

            A step of a sweep retries or cancels up to {Limits.JobsPerCommand:N0} jobs, or deletes up to
            {Limits.JobsPerDeletion} of them. The CPU times of the broker's turn and of the commit, measured in a
            process that does nothing else:

            {MarkdownTable.Of(StepSummary.Headings, run.Steps.Select(step => step.ToRow()))}

            """;
}
