using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Sha512;

/// <summary>
/// Sends batches of 100 jobs with bodies of 16 KB to a server with one worker process per core and fsync at every
/// commit, and waits for their results.
/// </summary>
internal static class ServiceMeasure
{
    private const int BodyBytes = 16 << 10;
    private const int BatchJobs = 100;

    // There are enough submitters to keep all workers busy. The queue still stays short, because each submitter is at
    // most ten batches ahead of the workers.
    private const int Submitters = 2;
    private const int BatchesAhead = 10;

    /// <summary>One out of this many results is fetched and compared with the expected digest.</summary>
    private const int Sampled = 500;

    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>The number of jobs in a measurement: about ten seconds of work, in whole batches.</summary>
    public static int JobsOf(int iterations) =>
        (int)Math.Clamp(800_000_000L / iterations, 1_000, 60_000) / BatchJobs * BatchJobs;

    public static async Task<ServiceRun> RunAsync(ServerPlace place, int iterations, int jobs, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = new Uri(place.Url), Timeout = TimeSpan.FromMinutes(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", place.Key);
        // During this warm-up, the runtime compiles the code of the server and the workers, and the number of
        // prefetched jobs adapts.
        await LoadAsync(http, iterations, jobs / 4, firstBatch: 1_000_000, stop);
        var before = KernelMeasure.AllCores(TimeSpan.FromSeconds(1));
        var began = TimeProvider.System.GetTimestamp();
        var samples = await LoadAsync(http, iterations, jobs, firstBatch: 0, stop);
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var after = KernelMeasure.AllCores(TimeSpan.FromSeconds(1));
        var wrong = await WrongAsync(http, iterations, samples, stop);
        var each = ((BodyBytes + 17 + 127) / 128) + iterations - 1;
        return new ServiceRun(iterations, jobs, seconds, (double)each * jobs / seconds, (before + after) / 2, wrong);
    }

    /// <summary>
    /// Submits the jobs and waits until the last result is stored. Returns a sample of the jobs, whose results are to
    /// be checked.
    /// </summary>
    private static async Task<IReadOnlyCollection<(string Id, int Job)>> LoadAsync(
        HttpClient http,
        int iterations,
        int jobs,
        int firstBatch,
        CancellationToken stop
    )
    {
        var batches = jobs / BatchJobs;
        var next = -1;
        var samples = new ConcurrentBag<(string Id, int Job)>();
        await Task.WhenAll(
            Enumerable
                .Range(0, Submitters)
                .Select(async _ =>
                {
                    var ahead = new Queue<string>();
                    for (
                        var batch = Interlocked.Increment(ref next);
                        batch < batches;
                        batch = Interlocked.Increment(ref next)
                    )
                    {
                        if (ahead.Count == BatchesAhead)
                            await EndAsync(http, ahead.Dequeue(), stop);
                        var ids = await SubmitAsync(http, iterations, firstBatch + batch, stop);
                        ahead.Enqueue(ids[^1]);
                        if (batch % (Sampled / BatchJobs) == 0)
                            samples.Add((ids[0], (firstBatch + batch) * BatchJobs));
                    }
                    foreach (var last in ahead)
                        await EndAsync(http, last, stop);
                })
        );
        // The last job in a batch is not always the last one to finish.
        while (await UnfinishedAsync(http, stop) > 0)
            await Task.Delay(5, stop);
        return samples;
    }

    private static async Task<int> WrongAsync(
        HttpClient http,
        int iterations,
        IReadOnlyCollection<(string Id, int Job)> samples,
        CancellationToken stop
    )
    {
        var wrong = 0;
        foreach (var (id, job) in samples)
            if (await http.GetStringAsync($"v1/jobs/{id}/result", stop) != Digest(Body(job), iterations))
                wrong++;
        return wrong;
    }

    private static async Task<IReadOnlyList<string>> SubmitAsync(
        HttpClient http,
        int iterations,
        int batch,
        CancellationToken stop
    )
    {
        var message = new SubmitBatch();
        for (var job = batch * BatchJobs; job < (batch + 1) * BatchJobs; job++)
            message.Jobs.Add(
                new SubmitJob
                {
                    Method = "sha512",
                    Params = Encoding.UTF8.GetBytes(
                        string.Create(CultureInfo.InvariantCulture, $"{{\"iterations\":{iterations}}}")
                    ),
                    Body = Body(job),
                }
            );
        using var content = new ByteArrayContent(WireWriter.ToBytes(message));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        using var reply = await http.PostAsync("v1/jobs:batch", content, stop);
        reply.EnsureSuccessStatusCode();
        var results = SubmitReply.Read(await reply.Content.ReadAsByteArrayAsync(stop)).Results;
        if (results.FirstOrDefault(result => result.Problem is not null)?.Problem is { } refused)
            throw new HeadraceException($"The server rejected a job: {refused.Detail}");
        return [.. results.Select(result => result.Id!.Value.ToString(CultureInfo.InvariantCulture))];
    }

    private static async Task EndAsync(HttpClient http, string id, CancellationToken stop)
    {
        while (true)
        {
            var job = JsonSerializer.Deserialize(
                await http.GetStringAsync($"v1/jobs/{id}?wait=30", stop),
                HeadraceJson.Default.JobReply
            )!;
            if (job.State == "succeeded")
                return;
            if (job.State is "failed" or "cancelled")
                throw new HeadraceException($"Job {id} is {job.State}.");
        }
    }

    private static async Task<long> UnfinishedAsync(HttpClient http, CancellationToken stop) =>
        JsonSerializer
            .Deserialize(await http.GetStringAsync("v1/queues", stop), HeadraceJson.Default.IReadOnlyListQueueReply)!
            .Sum(queue => queue.Jobs);

    /// <summary>A body that is unique to the job.</summary>
    private static byte[] Body(int job)
    {
        var body = new byte[BodyBytes];
        BitConverter.TryWriteBytes(body, job);
        return body;
    }

    private static string Digest(byte[] body, int iterations)
    {
        var digest = SHA512.HashData(body);
        for (var i = 1; i < iterations; i++)
            digest = SHA512.HashData(digest);
        return Convert.ToHexStringLower(digest);
    }
}

/// <summary>The result of measuring the service, from the first submission to the last stored result.</summary>
/// <param name="Iterations">The number of hashes in each job.</param>
/// <param name="Jobs">The number of jobs.</param>
/// <param name="Seconds">The duration.</param>
/// <param name="Compressions">Compressions per second, including the blocks of the payloads.</param>
/// <param name="Kernel">
/// The rate of the bare kernel on all cores, in compressions per second, measured before and after the jobs.
/// </param>
/// <param name="Wrong">The number of sampled results that differed from the expected digest.</param>
internal sealed record ServiceRun(
    int Iterations,
    int Jobs,
    double Seconds,
    double Compressions,
    double Kernel,
    int Wrong
)
{
    public double Share => Compressions / Kernel;
}
