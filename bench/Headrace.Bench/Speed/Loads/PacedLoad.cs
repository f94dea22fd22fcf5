using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Headrace.Bench.Speed.Loads;

/// <summary>
/// Sends jobs one by one at a constant rate, however long the replies take. Each request waits for the result of its
/// job, so its latency is the time from the submission until the result is stored and has been received.
/// </summary>
internal sealed class PacedLoad(Target target, LoadSpec order) : ILoad
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private readonly byte[] _job = Encoding.UTF8.GetBytes(order.JobJson);

    public async Task<LoadRound> RoundAsync(int count, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        var requests = new List<Task<double>>(count);
        while (requests.Count < count)
        {
            var due = (int)(TimeProvider.System.GetElapsedTime(began).TotalSeconds * order.PerSecond) + 1;
            while (requests.Count < Math.Min(due, count))
                requests.Add(SendAsync(stop));
            await Task.Delay(Tick, stop);
        }
        return Senders.Round(count, began, await Task.WhenAll(requests));
    }

    private async Task<double> SendAsync(CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var content = new ByteArrayContent(_job);
        content.Headers.ContentType = Json;
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/jobs") { Content = content };
        request.Headers.Add("Prefer", "wait=20");
        using var reply = await target.Http.SendAsync(request, stop);
        var ended = await reply.Content.ReadAsByteArrayAsync(stop);
        var milliseconds = TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
        return reply.StatusCode == HttpStatusCode.OK && ended.AsSpan().IndexOf("\"succeeded\""u8) >= 0
            ? milliseconds
            : throw new IOException(
                $"The reply (status {(int)reply.StatusCode}) contains no result: {Encoding.UTF8.GetString(ended)}"
            );
    }
}
