using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Bench.SlowDisk;

/// <summary>
/// Runs a server under full load while every commit is slow. Clients submit jobs one by one and in batches, local
/// workers complete the jobs, other requests wait for a job, and one worker after another stops sending messages.
/// </summary>
internal sealed class SlowDiskRun(string folder, TimeSpan length, TimeSpan commitTime, TimeSpan lease)
{
    /// <summary>How long each request waits for a job that does not end.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    private const int SingleSenders = 64;
    private const int BatchSenders = 2;
    private const int JobsPerBatch = 500;

    /// <summary>Number of requests that wait at the same time.</summary>
    private const int Waiters = 4;

    /// <summary>
    /// No batch is submitted while the server has more unfinished jobs than this, so that the number of jobs stays
    /// bounded during a long run.
    /// </summary>
    private const long MaxBacklog = 20_000;

    /// <summary>The pause between two requests that need no commit.</summary>
    private static readonly TimeSpan RequestPause = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(1);

    private long _submitted;

    public async Task<SlowDiskCounts> RunAsync(CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var disk = await SlowDiskLibrary.CompileAsync(folder, commitTime, stop);
        var place = new ServerPlace(Path.Combine(folder, "data"), folder, ServerPlace.FreePort(), Workers: 2)
        {
            Settings = new Dictionary<string, string>(disk.Environment)
            {
                ["HEADRACE_LEASE"] = DurationText.ToText(lease),
            },
        };
        var server = new ServerKeeper(place);
        await server.StartAsync(StartLimit);
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri(place.Url), Timeout = TimeSpan.FromMinutes(2) };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", place.Key);
            using var client = new HeadraceClient(place.Url, place.Key);
            disk.SlowDown();
            var began = BenchClock.Monotonic;
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
            end.CancelAfter(length);
            var load = Enumerable
                .Range(0, SingleSenders)
                .Select(_ => RepeatAsync(() => SubmitAsync(client, end.Token), end.Token))
                .Concat(
                    Enumerable
                        .Range(0, BatchSenders)
                        .Select(_ => RepeatAsync(() => SubmitBatchAsync(client, http, end.Token), end.Token))
                )
                .ToList();
            var (expiries, excesses) = (new List<double>(), new ConcurrentBag<double>());
            var slowest = 0.0;
            var silent = RepeatAsync(
                async () =>
                    expiries.Add(
                        await new SilentWorker(place, http, client, $"silent-{expiries.Count}").MeasureAsync(end.Token)
                    ),
                end.Token
            );
            var waits = Enumerable
                .Range(0, Waiters)
                .Select(_ =>
                    RepeatAsync(async () => excesses.Add(await WaitAsync(client, http, end.Token)), end.Token)
                );
            var requests = RepeatAsync(
                async () => slowest = Math.Max(slowest, await RequestAsync(http, end.Token)),
                end.Token
            );
            await Task.WhenAll([.. load, silent, .. waits, requests]);
            var seconds = BenchClock.Seconds(BenchClock.Monotonic - began);
            disk.Recover();
            var completed = (await client.ListQueuesAsync(stop)).Sum(queue =>
                queue.Counts.Where(count => count.State == "succeeded").Sum(count => count.Jobs)
            );
            return new SlowDiskCounts(
                seconds,
                commitTime.TotalSeconds,
                lease.TotalSeconds,
                _submitted,
                completed,
                LostWorkers(place)
            )
            {
                Expiries = expiries,
                Excesses = [.. excesses],
                SlowestRequest = slowest,
            };
        }
        finally
        {
            disk.Recover();
            await server.StopAsync(StopLimit);
        }
    }

    private static int LostWorkers(ServerPlace place) =>
        File.ReadLines(place.Log)
            .Count(line => SilentWorker.Expires(line) && !line.Contains("Worker silent-", StringComparison.Ordinal));

    private static async Task RepeatAsync(Func<Task> work, CancellationToken end)
    {
        try
        {
            while (!end.IsCancellationRequested)
                await work();
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    private async Task SubmitAsync(HeadraceClient client, CancellationToken end)
    {
        await client.SubmitAsync(new JobRequest("noop") { Queue = "single" }, end);
        Interlocked.Increment(ref _submitted);
    }

    private async Task SubmitBatchAsync(HeadraceClient client, HttpClient http, CancellationToken end)
    {
        if ((await client.ListQueuesAsync(end)).Sum(queue => queue.Jobs) > MaxBacklog)
            return;
        var lines = string.Concat(Enumerable.Repeat("""{"method":"noop","queue":"batch"}""" + "\n", JobsPerBatch));
        using var content = new StringContent(lines, new MediaTypeHeaderValue("application/jsonl"));
        using var reply = await http.PostAsync("v1/jobs:batch", content, end);
        reply.EnsureSuccessStatusCode();
        await reply.Content.ReadAsStringAsync(end);
        Interlocked.Add(ref _submitted, JobsPerBatch);
    }

    /// <summary>Sends a request that needs no commit. Returns the number of seconds until the reply.</summary>
    private static async Task<double> RequestAsync(HttpClient http, CancellationToken end)
    {
        await Task.Delay(RequestPause, end);
        var sentAt = BenchClock.Monotonic;
        using var reply = await http.GetAsync("healthz", end);
        return BenchClock.Seconds(BenchClock.Monotonic - sentAt);
    }

    /// <summary>Waits for a job that does not end. Returns how much later than requested the server answered.</summary>
    private static async Task<double> WaitAsync(HeadraceClient client, HttpClient http, CancellationToken end)
    {
        var job = await client.SubmitAsync(
            new JobRequest("noop") { Queue = "later", ScheduledAt = TimeProvider.System.GetUtcNow().AddHours(1) },
            end
        );
        var sentAt = BenchClock.Monotonic;
        var seconds = Wait.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        using var reply = await http.GetAsync($"v1/jobs/{job.Id}?wait={seconds}", end);
        var excess = BenchClock.Seconds(BenchClock.Monotonic - sentAt) - Wait.TotalSeconds;
        reply.EnsureSuccessStatusCode();
        await client.CancelAsync(job.Id, end);
        return excess;
    }
}
