using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Headrace.Bench.Watching;

/// <summary>Measures how long a server takes to answer <c>GET /metrics</c>.</summary>
/// <param name="Median">The median of the times, in milliseconds.</param>
/// <param name="Slowest">The 95th percentile, in milliseconds.</param>
/// <param name="Bytes">The size of the reply.</param>
internal sealed record ScrapeTimes(double Median, double Slowest, long Bytes)
{
    private const int WarmUp = 20;
    private const int Scrapes = 100;

    /// <summary>Submits one job to each of this many queues.</summary>
    public static async Task FillQueuesAsync(string url, string key, int queues, CancellationToken stop)
    {
        using var http = Client(url, key);
        var lines = new StringBuilder();
        for (var i = 0; i < queues; i++)
            lines
                .Append(
                    CultureInfo.InvariantCulture,
                    $$"""{"method":"noop","queue":"queue-{{i}}","scheduledAt":"2100-01-01T00:00:00Z"}"""
                )
                .Append('\n');
        using var content = new StringContent(lines.ToString(), Encoding.UTF8, "application/jsonl");
        using var response = await http.PostAsync("/v1/jobs:batch", content, stop);
        var reply = await response.Content.ReadAsStringAsync(stop);
        if (reply.Contains("\"problem\"", StringComparison.Ordinal))
            throw new InvalidOperationException($"A job was rejected: {reply[..Math.Min(500, reply.Length)]}");
    }

    public static async Task<ScrapeTimes> MeasureAsync(string url, string key, CancellationToken stop)
    {
        using var http = Client(url, key);
        var times = new List<double>();
        var bytes = 0L;
        for (var i = 0; i < WarmUp + Scrapes; i++)
        {
            var began = TimeProvider.System.GetTimestamp();
            bytes = (await http.GetByteArrayAsync("/metrics", stop)).Length;
            if (i >= WarmUp)
                times.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
        }
        times.Sort();
        return new ScrapeTimes(times[Scrapes / 2], times[Scrapes * 95 / 100], bytes);
    }

    private static HttpClient Client(string url, string key)
    {
        var http = new HttpClient { BaseAddress = new Uri(url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return http;
    }
}
