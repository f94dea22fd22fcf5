using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core.Dispatch;

/// <summary>The current incarnation of every worker name, and the requests that wait for them.</summary>
internal sealed class WorkerTable
{
    private readonly SortedDictionary<string, Worker> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<Ticket, Worker> _open = [];

    /// <summary>
    /// Number of ended incarnations to remember. More than can end while one of their messages is still in transit.
    /// </summary>
    private const int Remembered = 1_000;
    private readonly HashSet<Incarnation> _ended = [];
    private readonly Queue<Incarnation> _endedInOrder = [];

    public SortedDictionary<string, Worker>.ValueCollection All => _workers.Values;

    public int Count => _workers.Count;

    /// <summary>The workers with an open exchange.</summary>
    public Dictionary<Ticket, Worker>.ValueCollection Open => _open.Values;

    public void Add(Worker worker) => _workers.Add(worker.Self.Worker.Text, worker);

    /// <summary>
    /// True for an incarnation that ended recently. A delayed duplicate of its join request must not register it again.
    /// </summary>
    public bool HasEnded(Incarnation incarnation) => _ended.Contains(incarnation);

    public void Remove(Worker worker)
    {
        Close(worker);
        if (_ended.Count == Remembered)
            _ended.Remove(_endedInOrder.Dequeue());
        if (_ended.Add(worker.Self.Incarnation))
            _endedInOrder.Enqueue(worker.Self.Incarnation);
        _workers.Remove(worker.Self.Worker.Text);
    }

    public bool TryGet(WorkerName name, [NotNullWhen(true)] out Worker? worker) =>
        _workers.TryGetValue(name.Text, out worker);

    /// <summary>Returns the worker of that name if it is that incarnation.</summary>
    public Worker? Current(Jobs.Holder holder) =>
        TryGet(holder.Worker, out var worker) && worker.Self == holder ? worker : null;

    public void Park(Worker worker, OpenExchange exchange)
    {
        worker.Open = exchange;
        _open.Add(exchange.Ticket, worker);
    }

    /// <summary>Removes and returns the open exchange; null if there is none.</summary>
    public OpenExchange? Close(Worker worker)
    {
        var open = worker.Open;
        worker.Open = null;
        if (open is not null)
            _open.Remove(open.Ticket);
        return open;
    }

    /// <summary>
    /// The caller disconnected: its exchange closes and receives no leases (R7). This does not count as a worker crash.
    /// </summary>
    public void Gone(Ticket ticket)
    {
        if (_open.TryGetValue(ticket, out var worker))
            Close(worker);
    }
}
