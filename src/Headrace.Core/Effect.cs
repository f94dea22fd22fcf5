using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>
/// An event that the server logs and counts once the batch is durable. It is not part of any response.
/// </summary>
internal abstract record Effect
{
    public sealed record WorkerJoined(Holder Worker, string Pool) : Effect;

    /// <summary>
    /// A worker was removed or its leases expired. <paramref name="Leases"/> is the number of leases it held.
    /// </summary>
    public sealed record WorkerGone(Holder Worker, string How, int Leases) : Effect;

    public sealed record WorkerRefused(Holder Worker, string Why) : Effect;

    public sealed record JobFailed(JobId Job, MethodName Method, FailReason Reason, string? Message) : Effect;

    /// <summary>
    /// The machine or the process was suspended; all leases were extended by the same duration (R20).
    /// </summary>
    public sealed record Stalled(TimeSpan For) : Effect;
}
