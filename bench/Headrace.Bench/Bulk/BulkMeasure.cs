using Headrace.Bench.Recovery;
using Headrace.Client;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Machine;

namespace Headrace.Bench.Bulk;

/// <summary>
/// Fills a store with ready jobs, cancels all of them with one sweep, and searches for ended jobs by each indexed
/// filter qualifier.
/// </summary>
internal static class BulkMeasure
{
    /// <summary>The number of times that each search is repeated.</summary>
    private const int Searches = 50;

    /// <summary>One out of this many jobs has the tag and the key that the searches look for.</summary>
    private const int Rare = 10_000;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    public static async Task<BulkRun> RunAsync(string folder, long jobs, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var place = new ServerPlace(Path.Combine(folder, "data"), folder, ServerPlace.FreePort(), Workers: 1)
        {
            Settings = new Dictionary<string, string> { ["HEADRACE_QUEUES__JOBS"] = "10000000" },
        };
        // The server first runs with a worker, so that the store contains the worker's methods.
        using (var first = ServerChild.Start(place))
        {
            await ReadyAsync(first, joined: true, place);
            first.Signal(Unix.SigTerm);
            await first.Ended.WaitAsync(Limit, stop);
        }
        place = place with { Workers = 0 };
        using var server = ServerChild.Start(place);
        try
        {
            await ReadyAsync(server, joined: false, place);
            await UnfinishedJobs.FillAsync(
                place,
                jobs,
                stop,
                i => i % Rare == 0 ? $",\"tags\":[\"run=7\"],\"idempotencyKey\":\"key-{i / Rare}\"" : ""
            );
            using var client = new HeadraceClient(place.Url, place.Key);
            var (seconds, changed, slowest) = await CancelAsync(client, stop);
            var searches = await SearchAsync(client, stop);
            server.Signal(Unix.SigTerm);
            await server.Ended.WaitAsync(Limit, stop);
            var steps = await SweepSteps.RunAsync(place.Data, stop);
            return new BulkRun(jobs, changed, seconds, slowest, searches, steps);
        }
        finally
        {
            if (!server.Ended.IsCompleted)
                server.Signal(Unix.SigKill);
            await server.Ended.WaitAsync(Limit, CancellationToken.None);
        }
    }

    /// <summary>
    /// Cancels all jobs. During the sweep, submits one job after another and measures the slowest acknowledgement.
    /// </summary>
    private static async Task<(double Seconds, long Changed, double Slowest)> CancelAsync(
        HeadraceClient client,
        CancellationToken stop
    )
    {
        var began = BenchClock.Monotonic;
        var sweep = await client.Sweeps.StartAsync("cancel", new SweepRequest { Filter = "queue:recovery" }, stop);
        var slowest = 0.0;
        while (sweep.State == "running")
        {
            var sent = BenchClock.Monotonic;
            await client.SubmitAsync(new JobRequest("noop") { Queue = "other" }, stop);
            slowest = Math.Max(slowest, BenchClock.Seconds(BenchClock.Monotonic - sent));
            await Task.Delay(PollInterval, stop);
            sweep = await client.Sweeps.GetAsync(sweep.Id, stop);
        }
        var seconds = (sweep.Ended!.Value - sweep.Started).TotalSeconds;
        return (seconds > 0 ? seconds : BenchClock.Seconds(BenchClock.Monotonic - began), sweep.Changed, slowest);
    }

    private static async Task<IReadOnlyList<SearchTime>> SearchAsync(HeadraceClient client, CancellationToken stop)
    {
        var times = new List<SearchTime>();
        foreach (
            var filter in (string[])
                [
                    "tag:run=7",
                    "key:key-3",
                    "state:failed",
                    "reason:timeout",
                    "age:<1ms",
                    "to:2000-01-01",
                    "state:cancelled",
                ]
        )
        {
            var seconds = new List<double>();
            JobPage? page = null;
            for (var i = 0; i < Searches; i++)
            {
                var sent = BenchClock.Monotonic;
                page = await client.ListJobsPageAsync(filter, limit: 50, cancellationToken: stop);
                seconds.Add(BenchClock.Seconds(BenchClock.Monotonic - sent));
            }
            seconds.Sort();
            times.Add(
                new SearchTime(
                    filter,
                    page!.Jobs.Count,
                    page.Examined,
                    seconds[seconds.Count / 2] * 1_000,
                    seconds[^1] * 1_000
                )
            );
        }
        return times;
    }

    private static async Task ReadyAsync(ServerChild server, bool joined, ServerPlace place)
    {
        if (await server.Listening.WaitAsync(Limit) is null || (joined && !await server.Joined.WaitAsync(Limit)))
            throw new HeadraceException($"The server did not start: {server.LastErrorLine} Its log is {place.Log}");
    }
}

/// <summary>The results of cancelling many jobs, and of searching the ended jobs.</summary>
/// <param name="Jobs">Ready jobs in the store.</param>
/// <param name="Changed">Jobs that the sweep cancelled.</param>
/// <param name="Seconds">Duration of the sweep.</param>
/// <param name="SlowestSubmission">The slowest acknowledgement of a submission during the sweep, in seconds.</param>
/// <param name="Searches">The searches.</param>
/// <param name="Steps">The sweep steps, measured one by one.</param>
internal sealed record BulkRun(
    long Jobs,
    long Changed,
    double Seconds,
    double SlowestSubmission,
    IReadOnlyList<SearchTime> Searches,
    IReadOnlyList<StepSummary> Steps
);

/// <summary>The times of a search for at most 50 jobs, in milliseconds over HTTP.</summary>
internal sealed record SearchTime(string Filter, int Found, long Examined, double Median, double Slowest);
