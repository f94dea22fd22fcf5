using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Speed.Loads;

/// <summary>
/// Accesses the measured server as a user's program would: with the framework's HTTP client, over HTTP/1.1 on a
/// loopback TCP connection.
/// </summary>
internal sealed class Target : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    private readonly AuthenticationHeaderValue _admin;

    /// <param name="url">The address of the server.</param>
    /// <param name="key">The credential for the requests of the load.</param>
    /// <param name="adminKey">
    /// The admin key, which counts jobs: a caller that may read only its own jobs sees no counts. Null if
    /// <paramref name="key"/> is the admin key.
    /// </param>
    public Target(string url, string key, string? adminKey = null)
    {
        (Url, Key) = (url, key);
        _admin = new AuthenticationHeaderValue("Bearer", adminKey ?? key);
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false })
        {
            BaseAddress = new Uri(url),
            Timeout = Limit,
        };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public string Url { get; }

    public string Key { get; }

    public HttpClient Http { get; }

    /// <summary>The number of jobs that have succeeded since the store was created.</summary>
    public async Task<long> SucceededAsync(CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/queues");
        request.Headers.Authorization = _admin;
        using var reply = await Http.SendAsync(request, stop);
        reply.EnsureSuccessStatusCode();
        var queues = JsonSerializer.Deserialize(
            await reply.Content.ReadAsByteArrayAsync(stop),
            HeadraceJson.Default.IReadOnlyListQueueReply
        )!;
        var counts = queues.SelectMany(queue => queue.Counts).ToList();
        var failed = counts.Where(count => count.State is "failed" or "cancelled").Sum(count => count.Jobs);
        return failed == 0
            ? counts.Where(count => count.State == "succeeded").Sum(count => count.Jobs)
            : throw new InvalidDataException($"{failed} jobs have failed, although no job of this load should fail.");
    }

    /// <summary>Waits until the given number of jobs have succeeded, so that their results are stored.</summary>
    public async Task UntilSucceededAsync(long jobs, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (await SucceededAsync(stop) is var now && now < jobs)
        {
            if (TimeProvider.System.GetElapsedTime(began) > Limit)
                throw new TimeoutException($"Only {now} of {jobs} jobs succeeded within {Limit.TotalMinutes} min.");
            await Task.Delay(PollInterval, stop);
        }
    }

    /// <summary>Waits until a worker offers a method.</summary>
    public async Task UntilOfferedAsync(string method, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var reply = await Http.GetAsync($"v1/methods/{method}", stop);
            if (reply.IsSuccessStatusCode)
                return;
            if (TimeProvider.System.GetElapsedTime(began) > Limit)
                throw new TimeoutException($"No worker offered {method} within {Limit.TotalMinutes} min.");
            await Task.Delay(PollInterval, stop);
        }
    }

    public async Task<byte[]> PostAsync(string path, HttpContent content, CancellationToken stop)
    {
        using var reply = await Http.PostAsync(path, content, stop);
        var bytes = await reply.Content.ReadAsByteArrayAsync(stop);
        if (!reply.IsSuccessStatusCode)
            throw new IOException(
                $"The server replied to POST {path} with {(int)reply.StatusCode}: {Encoding.UTF8.GetString(bytes)}"
            );
        return bytes;
    }

    public void Dispose() => Http.Dispose();
}
