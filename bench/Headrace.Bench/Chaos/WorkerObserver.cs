using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Hosting;
using Headrace.Server.Pools.Local;

namespace Headrace.Bench.Chaos;

/// <summary>A local worker as the server reports it.</summary>
internal sealed record ObservedWorker(string Name, Incarnation Incarnation, int ProcessId, int Leases)
{
    /// <summary>Whether the process id still belongs to this worker.</summary>
    public bool Lives => ProcessTable.Is(ProcessId, Incarnation);
}

/// <summary>Asks the server for the processes and leases of its workers.</summary>
internal sealed class WorkerObserver : IDisposable
{
    private readonly HttpClient _http;

    public WorkerObserver(ServerPlace place)
    {
        // The timeout is short, because the next fault must be on time even if the server is stopped or down.
        _http = new HttpClient { BaseAddress = new Uri(place.Url), Timeout = TimeSpan.FromMilliseconds(500) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", place.Key);
    }

    /// <summary>Returns an empty list if the server does not answer.</summary>
    public async Task<IReadOnlyList<ObservedWorker>> ReadAsync()
    {
        try
        {
            using var ready = await _http.GetAsync("readyz");
            var pool = JsonSerializer
                .Deserialize(await ready.Content.ReadAsByteArrayAsync(), HostingJson.Default.ReadyReply)!
                .Workers;
            var processes = pool
                .Slots.Where(slot => slot is { Worker: not null, ProcessId: not null })
                .Select(slot => (slot.Worker, ProcessId: slot.ProcessId!.Value))
                .Concat(pool.Adopted.Select(worker => ((string?)worker.Worker, worker.ProcessId)))
                .ToLookup(worker => worker.Item1!, worker => worker.ProcessId);
            var workers = JsonSerializer.Deserialize(
                await _http.GetByteArrayAsync("v1/workers"),
                HeadraceJson.Default.IReadOnlyListWorkerReply
            )!;
            return
            [
                .. from worker in workers
                from process in processes[worker.Name]
                select new ObservedWorker(
                    worker.Name,
                    new Incarnation(
                        ulong.Parse(worker.Incarnation, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                    ),
                    process,
                    worker.Leases.Count
                ) into seen
                where seen.Lives
                select seen,
            ];
        }
        catch (Exception away)
            when (away is HttpRequestException or OperationCanceledException or JsonException or IOException)
        {
            return [];
        }
    }

    public void Dispose() => _http.Dispose();
}
