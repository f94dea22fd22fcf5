using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>
/// Contains the times of both clocks for one call of the state machine, and collects the resulting steps.
/// </summary>
internal sealed class StepContext(Instant wall, Elapsed now)
{
    public Instant Wall { get; } = wall;

    public Elapsed Now { get; } = now;

    public List<WorkerStep> Steps { get; } = [];

    /// <summary>Gets the time by which the next wake-up must occur; null if none is scheduled.</summary>
    public Elapsed? WakeAt { get; private set; }

    public void Add(WorkerStep step) => Steps.Add(step);

    /// <summary>Schedules a wake-up no later than this time.</summary>
    public void WakeBy(Elapsed at)
    {
        if (WakeAt is null || at < WakeAt)
            WakeAt = at;
    }
}
