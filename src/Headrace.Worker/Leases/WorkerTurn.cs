using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>One call of the machine: the two clocks as they are now, and the steps that come of it.</summary>
internal sealed class WorkerTurn(Instant wall, Elapsed now)
{
    public Instant Wall { get; } = wall;

    public Elapsed Now { get; } = now;

    public List<WorkerStep> Steps { get; } = [];

    /// <summary>When to look again at the latest; null while nothing is timed.</summary>
    public Elapsed? WakeAt { get; private set; }

    public void Add(WorkerStep step) => Steps.Add(step);

    /// <summary>Something falls due at this time.</summary>
    public void WakeBy(Elapsed at)
    {
        if (WakeAt is null || at < WakeAt)
            WakeAt = at;
    }
}
