using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>An event from a server. Exactly one of the properties below is set.</summary>
/// <param name="Kind">
/// The kind: <c>job</c>, <c>progress</c> or <c>log</c> of a job, <c>queue</c>, <c>worker</c>, <c>pool</c>,
/// <c>webhook</c>, or <c>resync</c>.
/// </param>
public sealed record ServerEvent(string Kind)
{
    /// <summary>Gets the job that changed its state or queue, made progress or wrote log lines.</summary>
    public JobEventReply? Job { get; init; }

    /// <summary>Gets the queue whose settings changed.</summary>
    public QueueEventReply? Queue { get; init; }

    /// <summary>Gets the worker that joined, receives no more jobs, was rejected or disconnected.</summary>
    public WorkerEventReply? Worker { get; init; }

    /// <summary>Gets the pool that was scaled, or of which a process started or exited.</summary>
    public PoolEventReply? Pool { get; init; }

    /// <summary>Gets the webhook that was paused, resumed or disabled.</summary>
    public WebhookEventReply? Webhook { get; init; }

    /// <summary>
    /// Gets the reason why events may be missing before this one. Read the current state now; the events that follow
    /// are complete.
    /// </summary>
    public ResyncReply? Resync { get; init; }
}
