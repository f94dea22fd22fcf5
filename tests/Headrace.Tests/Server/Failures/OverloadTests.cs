using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Tests.Server.Takeover;
using Xunit;

namespace Headrace.Tests.Server.Failures;

/// <summary>
/// Failure 4 in docs/operations.md: jobs arrive much faster than they can run, for 10 s or for
/// <c>HEADRACE_OVERLOAD_SECONDS</c> seconds, and at least until a hundred jobs have been submitted for each ended job.
/// </summary>
[Trait("Needs", "Servers")]
[Collection(FailuresTakeTurns.Name)]
public sealed class OverloadTests
{
    private const int MostJobs = 30;
    private const int Senders = 6;

    /// <summary>The number of jobs submitted for each job that ends.</summary>
    private const int Excess = 100;

    /// <summary>The time that the server may take to become overloaded.</summary>
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The limit on the server's resident memory in bytes. An idle server uses about 100 MB; the rest allows for
    /// uncollected garbage.
    /// </summary>
    private const long MostMemory = 600L << 20;

    private static readonly TimeSpan Overload = TimeSpan.FromSeconds(
        double.Parse(
            Environment.GetEnvironmentVariable("HEADRACE_OVERLOAD_SECONDS") ?? "10",
            CultureInfo.InvariantCulture
        )
    );

    [Fact]
    public async Task Limits_hold_rejections_state_a_retry_time_and_every_accepted_job_completes()
    {
        var stop = TestContext.Current.CancellationToken;
        var work = Hashing.For(TimeSpan.FromSeconds(3));
        await using var scene = new ProcessScene(("HEADRACE_QUEUES__JOBS", $"{MostJobs}"));
        await scene.UpAsync(workers: 1);
        await scene.Client.RunAsync(Hashing.Once.Job(), stop);
        using var over = new CancellationTokenSource();
        var start = TimeProvider.System.GetTimestamp();
        var submitted = new StrongBox<long>();

        var senders = Enumerable.Range(0, Senders).Select(_ => SendAsync(scene, work, submitted, over.Token)).ToList();
        var (memory, jobs, ended, samples) = (0L, 0L, 0L, 0);
        using var samplePeriod = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        // On a busy machine, the server may take longer to become overloaded.
        while (
            TimeProvider.System.GetElapsedTime(start) is var elapsed
            && (elapsed < Overload || Interlocked.Read(ref submitted.Value) < Excess * ended)
        )
        {
            Assert.True(
                elapsed < Overload + MaxDelay,
                $"{submitted.Value} jobs were submitted while {ended} ended, which does not overload the server."
            );
            memory = Math.Max(memory, Resident(scene.ServerId));
            var queue = await scene.Client.GetQueueAsync("default", stop);
            (jobs, ended) = (Math.Max(jobs, queue.Jobs), Succeeded(queue));
            samples++;
            await samplePeriod.WaitForNextTickAsync(stop);
        }
        await over.CancelAsync();
        var sent = await Task.WhenAll(senders);
        ended = Succeeded(await scene.Client.GetQueueAsync("default", stop));
        var (accepted, refused) = (sent.SelectMany(s => s.Accepted).ToList(), sent.Sum(s => s.Refused));
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{TimeProvider.System.GetElapsedTime(start).TotalSeconds:0} s: {accepted.Count + refused} submitted, "
                + $"{accepted.Count} accepted, {refused} rejected, {ended} ended; {jobs} jobs and {memory >> 20} MB at "
                + $"most in {samples} samples"
        );

        Assert.InRange(jobs, MostJobs - 2, MostJobs);
        Assert.InRange(memory, 1, MostMemory);
        Assert.InRange(accepted.Count, 1, ended + MostJobs);
        foreach (var id in accepted)
        {
            await scene.Client.WaitAsync(id, Eventually.WithProcesses, stop);
            Assert.Equal(
                work.Digest,
                Encoding.ASCII.GetString((await scene.Client.GetResultAsync(id, stop)).Bytes.Span)
            );
        }
    }

    /// <summary>
    /// Submits jobs one after another, each as soon as the reply to the previous one has arrived, and ignores
    /// Retry-After.
    /// </summary>
    private static async Task<(List<string> Accepted, int Refused)> SendAsync(
        ProcessScene scene,
        Hashing work,
        StrongBox<long> submitted,
        CancellationToken over
    )
    {
        var (accepted, refused) = (new List<string>(), 0);
        using var client = new HttpClient { BaseAddress = new Uri(scene.Url) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", scene.Key);
        var body = work.Job().Body!.Value;
        while (!over.IsCancellationRequested)
        {
            using var content = new ReadOnlyMemoryContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            using var response = await client.PostAsync(
                $"/v1/jobs?method=sha512&iterations={work.Iterations}",
                content,
                TestContext.Current.CancellationToken
            );
            Interlocked.Increment(ref submitted.Value);
            if (response.StatusCode == HttpStatusCode.Accepted)
            {
                accepted.Add(
                    System
                        .Text.Json.JsonElement.Parse(await response.Content.ReadAsStringAsync(CancellationToken.None))
                        .GetProperty("id")
                        .GetString()!
                );
                continue;
            }
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
            refused++;
        }
        return (accepted, refused);
    }

    private static long Succeeded(QueueReply queue) =>
        queue.Counts.Where(count => count.State == "succeeded").Sum(count => count.Jobs);

    private static long Resident(int process) =>
        ProcFs.Bytes(process, "status", "VmRSS") ?? throw new IOException($"Process {process} has ended.");
}
