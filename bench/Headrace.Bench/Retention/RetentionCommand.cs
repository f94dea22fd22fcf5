using System.CommandLine;
using System.Globalization;
using System.Text;
using Headrace.Commands;
using Headrace.Commands.Input;
using Headrace.Commands.Output;
using Headrace.Core;
using Headrace.Server.Machine;

namespace Headrace.Bench.Retention;

/// <summary>
/// <c>bench/run retention</c>: measures how the deletion of expired jobs slows down submissions, and shows that the
/// file stops growing.
/// </summary>
internal static class RetentionCommand
{
    /// <summary>The number of steps that are measured individually in this process.</summary>
    private const int MeasuredSteps = 500;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private static readonly Option<int?> Jobs = Options.WholeNumber(
        "--jobs",
        "The number of expired jobs in each round. [default: 1000000]"
    );

    private static readonly Option<int?> Rounds = Options.WholeNumber(
        "--rounds",
        "The number of rounds in which the file is filled and emptied. [default: 10]"
    );

    private static readonly Option<string?> Report = new("--report")
    {
        Description = "Write the table to this file, as Markdown.",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        var cliCommand = new CliCommand(
            "retention",
            "Measure the deletion of expired jobs: its steps, concurrent submissions, and the size of the file."
        )
        {
            Examples =
            [
                (
                    "bench/run retention --jobs 100000 --rounds 3",
                    "Fills a store with expired jobs, has them deleted, and repeats this twice."
                ),
            ],
        };
        cliCommand.Add(Jobs);
        cliCommand.Add(Rounds);
        cliCommand.Add(Report);
        cliCommand.SetAction(RunAsync);
        return cliCommand;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken stop)
    {
        var (jobs, rounds) = (context.Value(Jobs) ?? 1_000_000, context.Value(Rounds) ?? 10);
        var folder = Directory.CreateTempSubdirectory("headrace-retention-").FullName;
        try
        {
            var place = new ServerPlace(Path.Combine(folder, "data"), folder, ServerPlace.FreePort(), Workers: 0)
            {
                Settings = new Dictionary<string, string> { ["HEADRACE_QUEUES__JOBS"] = "10000000" },
            };
            await PrepareAsync(place with { Workers = 1 }, stop);
            context.WriteNote("Deleting expired jobs step by step");
            EndedJobs.Add(place.Data, Math.Min(jobs, 2 * MeasuredSteps * Limits.JobsPerDeletion), Expired);
            var steps = await DeletionSteps.RunAsync(place.Data, MeasuredSteps, stop);
            context.WriteNote("Submitting jobs with and without the index of their keys");
            var keys = await KeyIndexCost.RunAsync(place.Data, stop);
            context.WriteNote("Submitting before and during a deletion");
            var load = await LoadAsync(place, jobs, stop);
            var sizes = new List<FileSizes>();
            for (var round = 1; round <= rounds; round++)
            {
                context.WriteNote(string.Create(CultureInfo.InvariantCulture, $"Round {round} of {rounds}"));
                sizes.Add(await RoundAsync(place, jobs, stop));
            }
            var page = Page(jobs, rounds, steps, keys, load, sizes);
            context.Terminal.WriteBytes(Encoding.UTF8.GetBytes(page));
            if (context.Value(Report) is { } report)
                await File.WriteAllTextAsync(report, page, stop);
            return ExitCode.Done;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static DateTimeOffset Expired =>
        TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(7) - TimeSpan.FromHours(1);

    /// <summary>Creates a store that contains the method of the jobs.</summary>
    private static async Task PrepareAsync(ServerPlace place, CancellationToken stop)
    {
        using var server = ServerChild.Start(place);
        if (!await server.Joined.WaitAsync(TimeSpan.FromMinutes(2), stop))
            throw new HeadraceException($"The server did not start: {server.LastErrorLine}");
        server.Signal(Unix.SigTerm);
        await server.Ended.WaitAsync(TimeSpan.FromMinutes(1), stop);
    }

    /// <summary>Measures submissions before the jobs expire and while the jobs are being deleted.</summary>
    private static async Task<LoadFacts> LoadAsync(ServerPlace place, long jobs, CancellationToken stop)
    {
        // The jobs expire shortly after the first window. The server checks for expired jobs every ten seconds.
        var starts = TimeSpan.FromSeconds(15);
        EndedJobs.Add(place.Data, jobs, TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(7) + Window + starts);
        await using var server = await RetentionServer.StartAsync(place);
        // The first seconds are not measured, because the runtime compiles the code during them.
        await server.SubmitAsync(TimeSpan.FromSeconds(3), () => Task.FromResult(true), stop);
        var before = await server.SubmitAsync(Window, () => Task.FromResult(true), stop);
        while (await server.KeptAsync(stop) == jobs)
            await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
        var began = BenchClock.Monotonic;
        var first = await server.KeptAsync(stop);
        var during = await server.SubmitAsync(Window, async () => await server.KeptAsync(stop) > 0, stop);
        var deleted = first - await server.KeptAsync(stop);
        var rate = deleted / BenchClock.Seconds(BenchClock.Monotonic - began);
        await server.WaitUntilDeletedAsync(stop);
        return new LoadFacts(before.PerSecond, during.PerSecond, before.MaxMilliseconds, during.MaxMilliseconds, rate);
    }

    private static async Task<FileSizes> RoundAsync(ServerPlace place, long jobs, CancellationToken stop)
    {
        EndedJobs.Add(place.Data, jobs, Expired);
        var filled = SizeOf(place);
        var began = BenchClock.Monotonic;
        await using (var server = await RetentionServer.StartAsync(place))
            await server.WaitUntilDeletedAsync(stop);
        return new FileSizes(filled, SizeOf(place), jobs / BenchClock.Seconds(BenchClock.Monotonic - began));
    }

    private static long SizeOf(ServerPlace place) =>
        new DirectoryInfo(place.Data).EnumerateFiles("headrace.db*").Sum(file => file.Length);

    private static string Page(
        long jobs,
        int rounds,
        StepTimes steps,
        (double With, double Without) keys,
        LoadFacts load,
        IReadOnlyList<FileSizes> sizes
    ) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            # `bench/run retention`

            {Paragraph.Wrap($"{MachineDescription.Date}, {MachineDescription.Describe(Path.GetTempPath())}")}

            `bench/run retention --jobs {jobs} --rounds {rounds}`

            The jobs are succeeded `noop` jobs with bodies and results of 64 bytes and idempotency keys.

            A step deletes up to {Limits.JobsPerDeletion} jobs. The first row is the turn of the broker, the second one
            the commit on the thread of the store, in a process that does nothing else. CPU times:

            {MarkdownTable.Of(StepSummary.Headings, steps.Summarize("deletion").Select(step => step.ToRow()))}

            A deletion finds the keys of a job by an index, which each submission with a key writes. CPU time of a
            commit of 100 submissions, for each of them: {keys.With:0.0} µs with the index, {keys.Without:0.0} µs
            without it.

            Single submissions over 16 connections to another queue of the same server, before the jobs expired and
            while {load.DeletedPerSecond:N0} of them were deleted per second:

            {MarkdownTable.Of(
                ["", "submissions/s", "longest reply"],
                [
                    ["before", $"{load.Before:N0}", $"{load.MaxBefore:0} ms"],
                    ["during", $"{load.During:N0}", $"{load.MaxDuring:0} ms"],
                    ["ratio", $"{load.During / load.Before:0.00}", ""],
                ]
            )}

            Size of the file after it was filled with {jobs:N0} expired jobs, and after these were deleted without other
            load:

            {MarkdownTable.Of(["round", "filled", "emptied", "deleted/s"], sizes.Index().Select(Row))}

            """
        );

    private static IReadOnlyList<string> Row((int Index, FileSizes Item) round) =>
        [
            Format.Number(round.Index + 1),
            Format.Size(round.Item.Filled),
            Format.Size(round.Item.Emptied),
            round.Item.PerSecond.ToString("N0", CultureInfo.InvariantCulture),
        ];
}

/// <summary>Submissions per second and the longest reply in milliseconds, before and during deletion.</summary>
internal sealed record LoadFacts(
    double Before,
    double During,
    double MaxBefore,
    double MaxDuring,
    double DeletedPerSecond
);

/// <summary>The size of the file and its log in one round, and the jobs deleted per second.</summary>
internal sealed record FileSizes(long Filled, long Emptied, double PerSecond);
