using Headrace.Core.Jobs;

namespace Headrace.Core;

/// <summary>
/// What the world should hear of beside the answers, after the commit: the server logs and counts it.
/// </summary>
internal abstract record Effect
{
    public sealed record WorkerJoined(Holder Worker, string Pool) : Effect;

    /// <summary>A worker is gone; so many of its leases went back.</summary>
    public sealed record WorkerGone(Holder Worker, string How, int Leases) : Effect;

    public sealed record WorkerRefused(Holder Worker, string Why) : Effect;

    public sealed record JobFailed(JobId Job, MethodName Method, FailReason Reason, string? Message) : Effect;

    /// <summary>The machine or the process stood still; every lease was extended by as much (R20).</summary>
    public sealed record Stalled(TimeSpan For) : Effect;
}
