using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>
/// Represents one slot: a running call and its jobs. A slot is free when it has no jobs and, after a batch, when the
/// call has returned.
/// </summary>
internal sealed class Slot(int number)
{
    public int Number { get; } = number;

    /// <summary>Gets the method that runs in the slot; null for none.</summary>
    public MethodShape? Method { get; private set; }

    public int Jobs { get; private set; }

    /// <summary>Gets whether a batch call has not returned, even if all its jobs have ended.</summary>
    public bool InCall { get; private set; }

    /// <summary>Gets or sets the time at which a job last started or ended in the slot.</summary>
    public Elapsed LastActivity { get; set; }

    public bool IsFree => Method is null;

    /// <summary>
    /// Returns how many more jobs of a method can be assigned to the slot. For single-call methods, it is 0 if no job
    /// has started or ended recently, so that no job is queued behind an unexpectedly long one.
    /// </summary>
    public int CapacityFor(MethodShape method, Elapsed now)
    {
        if (
            Method != method
            || (method.Shape.Kind == ShapeKind.Single && now >= LastActivity + WorkerRules.LocalQueueTimeout)
        )
            return 0;
        return method.Shape.Kind == ShapeKind.Batch ? 0 : method.MaxPerSlot - Jobs;
    }

    /// <summary>Gets whether the slot is processing as many jobs as it can process concurrently.</summary>
    public bool IsFull =>
        Method is { } method && (method.Shape.Kind != ShapeKind.Stream || Jobs >= method.Shape.MaxConcurrency);

    public void Add(MethodShape method, int jobs, Elapsed now)
    {
        // A job that is queued behind running jobs does not count as activity.
        if (IsFree || (method.Shape.Kind == ShapeKind.Stream && Jobs < method.Shape.MaxConcurrency))
            LastActivity = now;
        Method = method;
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
        if (Jobs == 0 && !InCall)
            Method = null;
    }
}
