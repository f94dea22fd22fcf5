using Headrace.Bench.Retention;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Feeds;

/// <summary>Delivers ended jobs through one webhook to a receiver on this machine.</summary>
internal static class WebhookMeasure
{
    /// <summary>Number of jobs that are delivered before the measurement, while the code is compiled.</summary>
    private const int WarmUpJobs = 2_000;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    public static async Task<WebhookRate> RunAsync(string folder, int jobs, CancellationToken stop)
    {
        await using var receiver = await WebhookReceiver.StartAsync(WarmUpJobs, jobs);
        await using var server = await EndedJobServer.StartAsync(
            folder,
            WarmUpJobs + jobs,
            new Dictionary<string, string> { ["HEADRACE_WEBHOOKS__NETWORKS"] = "127.0.0.1" },
            stop
        );
        var request = new WebhookRequest { Url = receiver.Url, Queue = EndedJobs.Queue };
        // The webhook starts with the jobs that end from now on, so the receiver knows the secret before the first
        // message arrives.
        receiver.Secret = (await server.Client.Webhooks.SetAsync("bench", request, stop)).Secret!;
        await server.Client.Feeds.SeekAsync("webhook.bench", "first", stop);
        var began = await receiver.First.WaitAsync(Limit, stop);
        var before = server.ProcessorMicros;
        var ended = await receiver.Last.WaitAsync(Limit, stop);
        return new WebhookRate(
            jobs,
            BenchClock.Seconds(ended - began),
            (server.ProcessorMicros - before) / jobs,
            receiver.Repeated
        );
    }
}

/// <summary>The speed of a webhook.</summary>
/// <param name="Delivered">The number of jobs that the receiver accepted.</param>
/// <param name="Seconds">The duration.</param>
/// <param name="Micros">The processor time of the server for each of them, in microseconds.</param>
/// <param name="Repeated">The number of messages that arrived a second time.</param>
internal sealed record WebhookRate(int Delivered, double Seconds, double Micros, int Repeated);
