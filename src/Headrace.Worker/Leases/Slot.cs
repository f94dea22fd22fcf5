using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>
/// Represents one slot: a running call and its jobs. A slot is free when it has no jobs and, after a batch, when the
/// call has returned. A call that occupies several slots keeps its jobs in one of them, and the other slots are
/// attached to that slot until it is free.
/// </summary>
internal sealed class Slot(int number)
{
    private readonly List<Slot> _joined = [];
    private MethodShape? _method;
    private Slot? _main;
    private Elapsed _lastActivity;

    public int Number { get; } = number;

    /// <summary>Gets the method whose call occupies the slot; null if there is none.</summary>
    public MethodShape? Method => _main is null ? _method : _main._method;

    public int Jobs { get; private set; }

    /// <summary>
    /// Gets a value indicating whether a batch call has not returned, even if all its jobs have ended.
    /// </summary>
    public bool InCall { get; private set; }

    /// <summary>Gets or sets the time at which a job last started or ended in the slot.</summary>
    public Elapsed LastActivity
    {
        get => _main?._lastActivity ?? _lastActivity;
        set => _lastActivity = value;
    }

    public bool IsFree => Method is null;

    /// <summary>
    /// Gets a value indicating whether the slot is free, or will be as soon as a batch call whose jobs have ended
    /// returns.
    /// </summary>
    public bool IsIdle => IsFree || (_main ?? this).Jobs == 0;

    /// <summary>
    /// Returns how many more jobs of a method can be assigned to the slot. For single-call methods, the number is 0 if
    /// no job has started or ended recently, so that no job is queued behind an unexpectedly long one.
    /// </summary>
    public int CapacityFor(MethodShape method, Elapsed now)
    {
        if (
            _method != method
            || (method.Shape.Kind == ShapeKind.Single && now >= LastActivity + WorkerRules.LocalQueueTimeout)
        )
            return 0;
        return method.Shape.Kind == ShapeKind.Batch ? 0 : method.MaxPerSlot - Jobs;
    }

    /// <summary>
    /// Gets a value indicating whether the slot is processing as many jobs as it can process concurrently.
    /// </summary>
    public bool IsFull =>
        _main?.IsFull
        ?? (_method is { } method && (method.Shape.Kind != ShapeKind.Stream || Jobs >= method.Shape.MaxConcurrency));

    /// <summary>Adds a free slot to those that the call in this slot occupies.</summary>
    public void Join(Slot free)
    {
        free._main = this;
        _joined.Add(free);
    }

    public void Add(MethodShape method, int jobs, Elapsed now)
    {
        // A job that is queued behind running jobs does not count as activity.
        if (IsFree || (method.Shape.Kind == ShapeKind.Stream && Jobs < method.Shape.MaxConcurrency))
            LastActivity = now;
        _method = method;
        Jobs += jobs;
        InCall = method.Shape.Kind == ShapeKind.Batch;
    }

    public void Remove()
    {
        Jobs--;
        FreeIfEmpty();
    }

    public void OnCallReturned()
    {
        InCall = false;
        FreeIfEmpty();
    }

    private void FreeIfEmpty()
    {
        if (Jobs > 0 || InCall)
            return;
        _method = null;
        foreach (var slot in _joined)
            (slot._main, slot._lastActivity) = (null, _lastActivity);
        _joined.Clear();
    }
}
