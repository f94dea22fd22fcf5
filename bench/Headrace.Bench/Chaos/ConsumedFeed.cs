using System.Diagnostics;
using Headrace.Client;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;

namespace Headrace.Bench.Chaos;

/// <summary>
/// A feed of ended jobs. Its consumer is killed and replaced every few seconds. After the faults, a final consumer
/// receives the remaining jobs.
/// </summary>
internal sealed class ConsumedFeed(ServerPlace place, string ledger, int seed) : IDisposable
{
    public const string Name = "chaos";

    private static readonly TimeSpan DrainLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly Random _random = new(seed);
    private Process? _consumer;
    private int _kills;

    public static async Task CreateAsync(ServerPlace place, CancellationToken stop)
    {
        using var client = new HeadraceClient(place.Url, place.Key);
        await client.Feeds.CreateAsync(Name, new FeedRequest { Queue = "default", From = "first" }, stop);
    }

    /// <summary>Kills and replaces the consumer until the faults have ended.</summary>
    public async Task RunAsync(CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            Start();
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(1 + (3 * _random.NextDouble())), ended);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            Unix.Signal(_consumer!.Id, Unix.SigKill);
            await _consumer.WaitForExitAsync(CancellationToken.None);
            _kills++;
        }
    }

    /// <summary>Waits until everything has been received and acknowledged, and returns what was recorded.</summary>
    public async Task<ConsumerPages> DrainAsync(CancellationToken stop)
    {
        if (_consumer is not { HasExited: false })
            Start();
        using var client = new HeadraceClient(place.Url, place.Key);
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < DrainLimit && await LagAsync(client, stop) != 0)
            await Task.Delay(PollInterval, stop);
        Unix.Signal(_consumer!.Id, Unix.SigTerm);
        await _consumer.WaitForExitAsync(stop);
        return ConsumerPages.Read(ledger, _kills);
    }

    public void Dispose()
    {
        if (_consumer is { HasExited: false })
            Unix.Signal(_consumer.Id, Unix.SigKill);
        _consumer?.Dispose();
    }

    private static async Task<long> LagAsync(HeadraceClient client, CancellationToken stop)
    {
        try
        {
            return (await client.Feeds.GetAsync(Name, stop)).Lag;
        }
        catch (HeadraceException)
        {
            return -1;
        }
    }

    private void Start()
    {
        _consumer?.Dispose();
        _consumer = StartedProgram.Bench(
            [ChaosConsumerCommand.Name, "--ledger", ledger],
            new Dictionary<string, string> { [WorkerProcess.Server] = place.Url, [WorkerProcess.Key] = place.Key }
        );
        _consumer.OutputDataReceived += (_, _) => { };
        _consumer.ErrorDataReceived += (_, _) => { };
        _consumer.BeginOutputReadLine();
        _consumer.BeginErrorReadLine();
    }
}
