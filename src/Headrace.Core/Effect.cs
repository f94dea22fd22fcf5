using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>An event that the server logs and counts once the batch is durable. No response contains it.</summary>
internal abstract record Effect
{
    public sealed record WorkerJoined(LeaseHolder Worker, string Pool) : Effect;

    /// <summary>
    /// A worker was removed or its leases expired. <paramref name="Leases"/> is the number of leases it held.
    /// </summary>
    public sealed record WorkerDisconnected(LeaseHolder Worker, string Reason, int Leases) : Effect;

    public sealed record WorkerRejected(LeaseHolder Worker, string Reason) : Effect;

    public sealed record JobFailed(JobId Job, MethodName Method, FailReason Reason, string? Message) : Effect;

    /// <summary>
    /// The machine or the process was suspended; all leases were extended by the same duration (R20).
    /// </summary>
    public sealed record Stalled(TimeSpan Duration) : Effect;
}
