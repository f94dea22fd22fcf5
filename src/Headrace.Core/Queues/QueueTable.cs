using System.Diagnostics.CodeAnalysis;
using Headrace.Core.Jobs;
using Headrace.Core.Retention;

namespace Headrace.Core.Queues;

/// <summary>
/// The queues by name. A queue is created by its first job. Once a queue has no unfinished jobs, nothing depends on its
/// object, and a later cleanup removes it. The counts of its ended jobs stay in <see cref="Counters"/>, and its
/// settings stay in this table.
/// </summary>
internal sealed class QueueTable(BrokerOptions options, HistoryTable histories)
{
    private const int FirstSweep = 1_024;

    private readonly SortedDictionary<string, Queue> _queues = new(StringComparer.Ordinal);

    // The same queues. Finding one of 10,000 in the sorted table takes 14 comparisons of names.
    private readonly Dictionary<QueueName, Queue> _byName = [];
    private readonly Dictionary<QueueName, QueueSettings> _settings = [];
    private int _sweepAt = FirstSweep;

    public SortedDictionary<string, Queue>.ValueCollection All => _queues.Values;

    /// <summary>Number of queues with unfinished jobs.</summary>
    public int InUse { get; private set; }

    /// <summary>
    /// True if the queue is already in use, or if the limit allows one more queue to be in use. Each queue is bounded,
    /// so limiting the number of queues in use bounds the total memory (R13).
    /// </summary>
    public bool CanHold(QueueName name) => InUse < Limits.Queues || (TryGet(name, out var queue) && queue.Jobs > 0);

    public bool TryGet(QueueName name, [NotNullWhen(true)] out Queue? queue) => _byName.TryGetValue(name, out queue);

    public Queue GetOrAdd(QueueName name)
    {
        if (TryGet(name, out var queue))
            return queue;
        if (_queues.Count >= _sweepAt)
            Sweep();
        queue = new Queue(name, options);
        Configure(queue);
        queue.SetGate(QueueGates.ResultRoom, histories.TryGet(name, out var history) && history.IsFull);
        _queues.Add(name.Text, queue);
        _byName.Add(name, queue);
        return queue;
    }

    public QueueSettings SettingsOf(QueueName name) => _settings.GetValueOrDefault(name, QueueSettings.Default);

    /// <summary>Whether any queue has settings that differ from the defaults.</summary>
    public bool HasSettings => _settings.Count > 0;

    /// <summary>Returns the names of the queues that have settings and come after this name, in order.</summary>
    public IEnumerable<QueueName> ConfiguredAfter(string? name) =>
        _settings
            .Keys.Where(queue => string.CompareOrdinal(queue.Text, name) > 0)
            .OrderBy(queue => queue.Text, StringComparer.Ordinal);

    /// <summary>Changes the settings of a queue, which need not exist yet.</summary>
    public void Configure(QueueName name, QueueSettings settings)
    {
        if (settings == QueueSettings.Default)
            _settings.Remove(name);
        else
            _settings[name] = settings;
        if (TryGet(name, out var queue))
            Configure(queue);
    }

    public void Add(Queue queue, JobSpec spec)
    {
        if (queue.Jobs == 0)
            InUse++;
        queue.Add(spec);
    }

    public void Remove(Queue queue, JobSpec spec)
    {
        queue.Remove(spec);
        if (queue.Jobs == 0)
            InUse--;
    }

    private void Configure(Queue queue)
    {
        queue.Settings = SettingsOf(queue.Name);
        queue.SetGate(QueueGates.Paused, queue.Settings.Paused);
    }

    private void Sweep()
    {
        foreach (var queue in _queues.Values.Where(queue => queue.Jobs == 0).ToList())
        {
            _queues.Remove(queue.Name.Text);
            _byName.Remove(queue.Name);
        }
        _sweepAt = Math.Max(FirstSweep, 2 * _queues.Count);
    }
}
