using Headrace.Core.Queues;

namespace Headrace.Core.Dispatch;

/// <summary>
/// A worker that is reserved for the first job in a lane, because the job needs more slots than any worker has free
/// (R19). Until the job is assigned, the worker receives only jobs that come earlier in the serving order: jobs with a
/// higher priority, and one job from each lane that was served less recently. The worker's slots therefore become free
/// over time. Reservations are not stored: after a restart, the next claims create them again.
/// </summary>
internal sealed class Reservation(Lane lane, Method.Version version, Worker worker, ApplyContext context)
{
    public Lane Lane { get; } = lane;

    /// <summary>The method version that the lane's jobs will run; it determines how many slots they need.</summary>
    public Method.Version Version { get; } = version;

    public Worker Worker { get; set; } = worker;

    /// <summary>When a worker was first reserved for the first job in the lane.</summary>
    public Instant Since { get; } = context.Now;

    /// <summary>When the choice of the worker was last reviewed.</summary>
    public Elapsed ReviewedAt { get; set; } = context.Elapsed;

    /// <summary>Number of times that the reservation has moved to another worker.</summary>
    public int Moves { get; set; }
}
