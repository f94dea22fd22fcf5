using System.Diagnostics.Metrics;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Telemetry;

/// <summary>
/// Gauges for the current state of the queues, the workers and the store. The state of the shard is read before each
/// collection (<see cref="RefreshAsync"/>), because the collection itself cannot wait for the shard.
/// </summary>
internal sealed class StateGauges : IGaugeSource, IDisposable
{
    private static readonly JobState[] UnfinishedStates =
    [
        JobState.Blocked,
        JobState.Scheduled,
        JobState.Ready,
        JobState.Running,
    ];
    private static readonly string[] WorkerStates = ["active", "draining", "unresponsive"];

    private readonly IShardRouter _shards;
    private readonly BrokerOptions _options;
    private readonly TimeProvider _time;

    // Used only by RefreshAsync. The semaphore ensures that only one refresh runs at a time.
    private readonly SemaphoreSlim _refreshing = new(1);
    private readonly LabelLimit<string> _queues = new(LabelLimits.Queues, LabelLimits.Other);
    private readonly LabelLimit<string> _pools = new(LabelLimits.Pools, LabelLimits.Other);

    private volatile State _state = new([], []);

    public StateGauges(
        IMeterFactory meters,
        IShardRouter shards,
        IJobStore store,
        BrokerOptions options,
        TimeProvider time
    )
    {
        (_shards, _options, _time) = (shards, options, time);
        var meter = Instrumentation.CreateMeter(meters);
        meter.CreateObservableGauge("headrace.queue.jobs", ReadJobs, "{job}", "Unfinished jobs, by queue and state");
        meter.CreateObservableGauge("headrace.queue.size", ReadSizes, "By", "Bodies and params of unfinished jobs");
        meter.CreateObservableGauge(
            "headrace.queue.oldest_ready",
            ReadAges,
            "s",
            "How long the oldest ready job has been waiting; 0 if none is ready"
        );
        meter.CreateObservableGauge("headrace.workers", ReadWorkers, "{worker}", "Workers, by pool and state");
        meter.CreateObservableGauge("headrace.worker.slots", ReadSlots, "{slot}", "Slots of workers, by pool and use");
        meter.CreateObservableGauge(
            "headrace.store",
            () => ReadStore(store),
            "By",
            "Size of the store: its file, the free pages in it, and the write-ahead log"
        );
    }

    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _refreshing.WaitAsync(cancellationToken);
        try
        {
            var queues = await ReadQueuesAsync(cancellationToken);
            _state = new State(queues, await ReadPoolsAsync(cancellationToken));
        }
        catch (MailboxClosedException)
        {
            // The gauges keep their previous values. The counters are still collected, and they show that no commit
            // succeeds.
        }
        finally
        {
            _refreshing.Release();
        }
    }

    public void Dispose() => _refreshing.Dispose();

    private async Task<Dictionary<string, QueueTotals>> ReadQueuesAsync(CancellationToken cancellationToken)
    {
        // A queue that has its own label keeps its gauges until the server restarts. If the queue has no jobs, they are
        // 0.
        var totals = _queues.Own.ToDictionary(queue => queue, _ => new QueueTotals());
        var now = Instant.From(_time.GetUtcNow());
        await foreach (var queue in _shards.ListQueuesAsync(after: null, cancellationToken))
        {
            // Queues without unfinished jobs must not use labels that other queues need.
            if (queue.Jobs == 0)
                continue;
            var label = _queues.LabelOf(queue.Name.Text);
            if (!totals.TryGetValue(label, out var total))
                totals.Add(label, total = new QueueTotals());
            total.Add(queue, now);
        }
        return totals;
    }

    private async Task<Dictionary<string, PoolTotals>> ReadPoolsAsync(CancellationToken cancellationToken)
    {
        var totals = _pools.Own.ToDictionary(pool => pool, _ => new PoolTotals());
        foreach (var worker in await _shards.ListWorkersAsync(cancellationToken))
        {
            var label = _pools.LabelOf(worker.Pool);
            if (!totals.TryGetValue(label, out var total))
                totals.Add(label, total = new PoolTotals());
            total.Add(worker, _options.Lease);
        }
        return totals;
    }

    private IEnumerable<Measurement<long>> ReadJobs() =>
        from queue in _state.Queues
        from state in UnfinishedStates
        select new Measurement<long>(
            queue.Value.Jobs[(int)state],
            new("queue", queue.Key),
            new("state", state.ToWireName())
        );

    private IEnumerable<Measurement<long>> ReadSizes() =>
        _state.Queues.Select(queue => new Measurement<long>(queue.Value.Bytes, Label("queue", queue.Key)));

    private IEnumerable<Measurement<double>> ReadAges() =>
        _state.Queues.Select(queue => new Measurement<double>(
            queue.Value.OldestReady.TotalSeconds,
            Label("queue", queue.Key)
        ));

    private IEnumerable<Measurement<long>> ReadWorkers() =>
        from pool in _state.Pools
        from state in WorkerStates.Index()
        select new Measurement<long>(
            pool.Value.Workers[state.Index],
            Label("pool", pool.Key),
            Label("state", state.Item)
        );

    private IEnumerable<Measurement<long>> ReadSlots() =>
        _state.Pools.SelectMany(pool =>
            (Measurement<long>[])
                [
                    new(pool.Value.UsedSlots, Label("pool", pool.Key), Label("state", "used")),
                    new(pool.Value.Slots - pool.Value.UsedSlots, Label("pool", pool.Key), Label("state", "free")),
                ]
        );

    private static IEnumerable<Measurement<long>> ReadStore(IJobStore store) =>
        [
            new(store.FileBytes, Label("part", "file")),
            new(store.FreePageBytes, Label("part", "free")),
            new(store.LogBytes, Label("part", "log")),
        ];

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);

    private sealed record State(Dictionary<string, QueueTotals> Queues, Dictionary<string, PoolTotals> Pools);

    private sealed class QueueTotals
    {
        public readonly long[] Jobs = new long[(int)JobState.Cancelled + 1];

        public long Bytes { get; private set; }

        public TimeSpan OldestReady { get; private set; }

        public void Add(QueueView queue, Instant now)
        {
            foreach (var count in queue.Counts)
                Jobs[(int)count.State] += count.Jobs;
            Bytes += queue.Bytes;
            if (queue.OldestReady is { } oldest && now - oldest > OldestReady)
                OldestReady = now - oldest;
        }
    }

    private sealed class PoolTotals
    {
        public readonly long[] Workers = new long[WorkerStates.Length];

        public long Slots { get; private set; }

        public long UsedSlots { get; private set; }

        public void Add(WorkerView worker, TimeSpan lease)
        {
            var state =
                worker.SinceLastSeen > lease ? 2
                : worker.Draining ? 1
                : 0;
            Workers[state]++;
            Slots += worker.Slots;
            UsedSlots += worker.SlotsInUse;
        }
    }
}
