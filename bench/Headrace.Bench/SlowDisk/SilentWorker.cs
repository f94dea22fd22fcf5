using System.Net.Http.Headers;
using Headrace.Client;

namespace Headrace.Bench.SlowDisk;

/// <summary>
/// A worker that joins, asks for a job, and then sends nothing. It measures how long the server takes to notice the
/// silence.
/// </summary>
internal sealed class SilentWorker(ServerPlace place, HttpClient http, HeadraceClient client, string name)
{
    private const string Method = "silent";
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Returns the seconds from the worker's last message until the server logs the expiry of its lease.
    /// </summary>
    public async Task<double> MeasureAsync(CancellationToken stop)
    {
        var incarnation = (ulong)BenchClock.Monotonic;
        await SendAsync(incarnation, 1, TimeSpan.Zero, stop);
        var job = await client.SubmitAsync(new JobRequest(Method) { Queue = Method }, stop);
        var sentAt = BenchClock.Monotonic;
        // The server holds this exchange open until it has a lease to grant. The reply is not awaited.
        var reply = SendAsync(incarnation, 2, TimeSpan.FromSeconds(10), stop);
        var marker = $"Worker {name}, incarnation";
        while (
            !(await ReadLogAsync(stop)).Any(line => Expires(line) && line.Contains(marker, StringComparison.Ordinal))
        )
            await Task.Delay(PollInterval, stop);
        var seconds = BenchClock.Seconds(BenchClock.Monotonic - sentAt);
        await reply;
        await client.CancelAsync(job.Id, stop);
        return seconds;
    }

    /// <summary>Returns true for the log line that reports the expiry of a worker's leases.</summary>
    public static bool Expires(string line) => line.Contains("disconnected: lease expired", StringComparison.Ordinal);

    private async Task<string[]> ReadLogAsync(CancellationToken stop)
    {
        await using var file = new FileStream(place.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return (await reader.ReadToEndAsync(stop)).Split('\n');
    }

    private async Task SendAsync(ulong incarnation, ulong number, TimeSpan wait, CancellationToken stop)
    {
        var message = $$"""
            {
              "worker": "{{name}}", "incarnation": "{{incarnation}}", "pool": "{{Method}}",
              "exchangeNumber": "{{number}}", "wait": "{{wait.TotalSeconds}}s", "slots": 1,
              "offers": [{ "method": "{{Method}}", "version": 1, "schema": "{}" }]
            }
            """;
        using var content = new StringContent(message, new MediaTypeHeaderValue("application/json"));
        using var reply = await http.PostAsync($"v1/workers/{name}/exchange", content, stop);
        reply.EnsureSuccessStatusCode();
    }
}
