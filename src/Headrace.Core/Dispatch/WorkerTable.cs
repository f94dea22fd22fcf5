using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core.Dispatch;

/// <summary>The current incarnation of every worker name, and the open exchange of each worker.</summary>
internal sealed class WorkerTable
{
    private readonly SortedDictionary<string, Worker> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<RequestId, Worker> _withOpenExchange = [];

    /// <summary>
    /// Number of ended incarnations to remember. It exceeds the number that can end while a message from one of them is
    /// still in transit.
    /// </summary>
    private const int MaxEndedRemembered = 1_000;
    private readonly HashSet<Incarnation> _ended = [];
    private readonly Queue<Incarnation> _endedInOrder = [];

    public SortedDictionary<string, Worker>.ValueCollection All => _workers.Values;

    public int Count => _workers.Count;

    /// <summary>The workers with an open exchange.</summary>
    public Dictionary<RequestId, Worker>.ValueCollection WithOpenExchange => _withOpenExchange.Values;

    public void Add(Worker worker) => _workers.Add(worker.Identity.Worker.Text, worker);

    /// <summary>
    /// True for an incarnation that ended recently. A delayed duplicate of its join request must not register it again.
    /// </summary>
    public bool HasEnded(Incarnation incarnation) => _ended.Contains(incarnation);

    public void Remove(Worker worker)
    {
        CloseExchange(worker);
        if (_ended.Count == MaxEndedRemembered)
            _ended.Remove(_endedInOrder.Dequeue());
        if (_ended.Add(worker.Identity.Incarnation))
            _endedInOrder.Enqueue(worker.Identity.Incarnation);
        _workers.Remove(worker.Identity.Worker.Text);
    }

    public bool TryGet(WorkerName name, [NotNullWhen(true)] out Worker? worker) =>
        _workers.TryGetValue(name.Text, out worker);

    /// <summary>Returns the worker with this name if its incarnation also matches; otherwise null.</summary>
    public Worker? Current(Jobs.LeaseHolder leaseHolder) =>
        TryGet(leaseHolder.Worker, out var worker) && worker.Identity == leaseHolder ? worker : null;

    /// <summary>
    /// Returns the rejection if the sender's key does not permit the message; otherwise null. The key may be limited to
    /// one pool while the worker with the sender's name is in another. Without this check, the message could end that
    /// worker's jobs.
    /// </summary>
    public Rejection? RejectionOfKey(Jobs.LeaseHolder sender, string? poolOfKey) =>
        poolOfKey is { } pool && TryGet(sender.Worker, out var current) && current.Pool != pool
            ? new Rejection(
                RejectionKind.Forbidden,
                $"The name '{current.Identity.Worker}' belongs to a worker in pool '{current.Pool}', but the key is "
                    + $"limited to pool '{pool}'. Choose another name for the worker, or use a key for that pool."
            )
            : null;

    public void Park(Worker worker, OpenExchange exchange)
    {
        worker.OpenExchange = exchange;
        _withOpenExchange.Add(exchange.RequestId, worker);
    }

    /// <summary>Closes the worker's open exchange and returns it. Returns null if no exchange is open.</summary>
    public OpenExchange? CloseExchange(Worker worker)
    {
        var open = worker.OpenExchange;
        worker.OpenExchange = null;
        if (open is not null)
            _withOpenExchange.Remove(open.RequestId);
        return open;
    }

    /// <summary>
    /// Closes the exchange of a caller that disconnected, so that it receives no leases (R7). A disconnect does not
    /// count as a worker crash.
    /// </summary>
    public void OnCallerDisconnected(RequestId requestId)
    {
        if (_withOpenExchange.TryGetValue(requestId, out var worker))
            CloseExchange(worker);
    }
}
