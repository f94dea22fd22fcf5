using System.Net.Http.Headers;
using System.Text;
using Headrace.Client;
using Headrace.Core;
using Headrace.Server.Machine;

namespace Headrace.Bench.Retention;

/// <summary>
/// A server without workers whose store contains expired jobs, and clients that submit jobs to another queue at the
/// same time.
/// </summary>
internal sealed class RetentionServer : IAsyncDisposable
{
    private const int Connections = 16;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly ServerPlace _place;
    private readonly ServerChild _server;
    private readonly HeadraceClient _client;

    private RetentionServer(ServerPlace place, ServerChild server) =>
        (_place, _server, _client) = (place, server, new HeadraceClient(place.Url, place.Key));

    public static async Task<RetentionServer> StartAsync(ServerPlace place)
    {
        var server = ServerChild.Start(place);
        if (await server.Listening.WaitAsync(Limit) is null)
            throw new HeadraceException($"The server did not start: {server.LastErrorLine} Its log is {place.Log}");
        return new RetentionServer(place, server);
    }

    /// <summary>The number of ended jobs that are still kept.</summary>
    public async Task<long> KeptAsync(CancellationToken stop) =>
        (await _client.Queues.GetStoreUsageAsync(null, stop))
            .Kept.Where(k => k.Queue == EndedJobs.Queue)
            .Sum(k => k.Jobs);

    public async Task WaitUntilDeletedAsync(CancellationToken stop)
    {
        while (await KeptAsync(stop) > 0)
            await Task.Delay(PollInterval, stop);
    }

    /// <summary>
    /// Submits individual jobs over several connections for this length of time, or until the predicate is false.
    /// Returns the rate and the longest reply.
    /// </summary>
    public async Task<(double PerSecond, double MaxMilliseconds)> SubmitAsync(
        TimeSpan time,
        Func<Task<bool>> goesOn,
        CancellationToken stop
    )
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections })
        {
            BaseAddress = new Uri(_place.Url),
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _place.Key);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var started = BenchClock.Monotonic;
        var clients = Enumerable.Range(0, Connections).Select(_ => SubmitAsync(http, end.Token)).ToList();
        while (BenchClock.Seconds(BenchClock.Monotonic - started) < time.TotalSeconds && await goesOn())
            await Task.Delay(PollInterval, stop);
        var seconds = BenchClock.Seconds(BenchClock.Monotonic - started);
        await end.CancelAsync();
        var results = await Task.WhenAll(clients);
        return (results.Sum(result => result.Jobs) / seconds, results.Max(result => result.MaxMilliseconds));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _server.Signal(Unix.SigTerm);
        await _server.Ended.WaitAsync(Limit);
        _server.Dispose();
    }

    private static async Task<(long Jobs, double MaxMilliseconds)> SubmitAsync(HttpClient http, CancellationToken stop)
    {
        var (jobs, max) = (0L, 0.0);
        try
        {
            while (true)
            {
                using var content = new StringContent(
                    """{"method":"noop","queue":"other"}""",
                    Encoding.UTF8,
                    "application/json"
                );
                var began = BenchClock.Monotonic;
                using var reply = await http.PostAsync("v1/jobs", content, stop);
                reply.EnsureSuccessStatusCode();
                max = Math.Max(max, BenchClock.Seconds(BenchClock.Monotonic - began) * 1_000);
                jobs++;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return (jobs, max);
        }
    }
}
