using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Machine;

namespace Headrace.Bench.Memory;

/// <summary>Starts a server without workers, and sends it the requests of each load over HTTP.</summary>
internal sealed class LoadedServer : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>
    /// The time that clients wait before they read. It is long enough for the server to write as much as possible.
    /// </summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    private const long BytesPerBatch = 4_000_000;
    private const int LinesPerBatch = 10_000;

    private readonly ServerChild _child;
    private readonly HttpClient _http;
    private readonly CancellationToken _stop;

    private LoadedServer(ServerChild child, HttpClient http, CancellationToken stop) =>
        (_child, _http, _stop) = (child, http, stop);

    public long Bound => _child.MemoryBound;

    public long Peak => ProcessFacts.ResidentAndPeak(_child.ProcessId).Peak;

    public static async Task<LoadedServer> StartAsync(ServerPlace place, CancellationToken stop)
    {
        var child = ServerChild.Start(place);
        if (await child.Listening.WaitAsync(Limit, stop) is null)
            throw new HeadraceException($"The server did not start: {child.LastErrorLine} Its log is {place.Log}");
        var http = new HttpClient { BaseAddress = new Uri(place.Url), Timeout = TimeSpan.FromMinutes(10) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", place.Key);
        var server = new LoadedServer(child, http, stop);
        // The server knows a method only after a worker has offered it. This worker claims no jobs.
        using var offered = await server.ExchangeAsync("bench", slots: 1, waitSeconds: 0);
        return server;
    }

    /// <summary>Submits this many jobs to one queue.</summary>
    public async Task FillAsync(int jobs, int paramsBytes, int bodyBytes)
    {
        var job =
            $$$"""{"method":"hold","params":{"pad":"{{{new string('p', paramsBytes)}}}"},"body":"{{{new string(
                'b',
                bodyBytes
            )}}}"}"""
            + "\n";
        var lines = (int)Math.Clamp(BytesPerBatch / job.Length, 1, LinesPerBatch);
        for (var sent = 0; sent < jobs; sent += lines)
            await SubmitAsync(Enumerable.Repeat(job, Math.Min(lines, jobs - sent)));
    }

    /// <summary>Submits one job to each of this many queues.</summary>
    public async Task FillQueuesAsync(int queues)
    {
        foreach (var names in Enumerable.Range(0, queues).Chunk(LinesPerBatch))
            await SubmitAsync(
                names.Select(n =>
                    string.Create(CultureInfo.InvariantCulture, $"{{\"method\":\"hold\",\"queue\":\"q{n}\"}}\n")
                )
            );
    }

    /// <summary>
    /// Makes several clients send the same request at the same time. For a while, none of them reads its reply.
    /// </summary>
    public async Task HoldAsync(int clients, string path)
    {
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, clients)
                .Select(_ => _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, _stop))
        );
        await Task.Delay(Pause, _stop);
        foreach (var reply in replies)
            reply.Dispose();
    }

    /// <summary>
    /// Makes several workers claim jobs at the same time and pause before they read their replies. If the replies to
    /// other workers occupy the reply memory, a worker receives 503 and sends its exchange again.
    /// </summary>
    public async Task ReceiveAsync(int workers, int leases)
    {
        await Task.WhenAll(Enumerable.Range(0, workers).Select(ReceiveOneAsync));

        async Task ReceiveOneAsync(int worker)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"bench-{worker}");
            while (true)
            {
                using var reply = await ExchangeAsync(name, leases, waitSeconds: 10);
                if (reply.StatusCode == HttpStatusCode.ServiceUnavailable)
                    continue;
                await Task.Delay(Pause, _stop);
                var bytes = (await reply.Content.ReadAsByteArrayAsync(_stop)).Length;
                if (reply.IsSuccessStatusCode && bytes > 8_000_000)
                    return;
                throw new IOException($"A worker received {(int)reply.StatusCode} and {bytes} bytes instead of 8 MB.");
            }
        }
    }

    public async Task StopAsync()
    {
        _child.Signal(Unix.SigKill);
        await _child.Ended.WaitAsync(Limit, CancellationToken.None);
    }

    public void Dispose()
    {
        _http.Dispose();
        _child.Dispose();
    }

    private async Task SubmitAsync(IEnumerable<string> lines)
    {
        using var content = new StringContent(
            string.Concat(lines),
            Encoding.UTF8,
            new MediaTypeHeaderValue("application/jsonl")
        );
        using var reply = await _http.PostAsync("v1/jobs:batch", content, _stop);
        using var text = new StreamReader(await reply.Content.ReadAsStreamAsync(_stop));
        while (await text.ReadLineAsync(_stop) is { } line)
            if (JsonSerializer.Deserialize(line, HeadraceJson.Default.BatchLine) is not { Id: not null })
                throw new IOException($"The server rejected a job: {line}");
    }

    private Task<HttpResponseMessage> ExchangeAsync(string worker, int slots, int waitSeconds)
    {
        var text = $$"""
            {"worker":"{{worker}}","incarnation":"7","exchangeNumber":"1","slots":{{slots}},
             "wait":"{{waitSeconds}}s","offers":[{"method":"hold","version":1,"schema":"{}"}]}
            """;
        return _http.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, $"v1/workers/{worker}/exchange")
            {
                Content = new StringContent(text, Encoding.UTF8, "application/json"),
            },
            HttpCompletionOption.ResponseHeadersRead,
            _stop
        );
    }
}
