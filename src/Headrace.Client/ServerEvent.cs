using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>An event from a server. Exactly one of the four properties below is set.</summary>
/// <param name="Kind">
/// The kind: <c>job</c>, <c>progress</c> or <c>log</c> of a job, <c>worker</c>, <c>webhook</c>, or <c>resync</c>.
/// </param>
public sealed record ServerEvent(string Kind)
{
    /// <summary>Gets the job that changed, made progress or wrote log lines.</summary>
    public JobEventReply? Job { get; init; }

    /// <summary>Gets the worker that joined, was rejected or disconnected.</summary>
    public WorkerEventReply? Worker { get; init; }

    /// <summary>Gets the webhook that was paused, resumed or disabled.</summary>
    public WebhookEventReply? Webhook { get; init; }

    /// <summary>
    /// Gets the reason why events may be missing before this one. Read the current state now; the events that follow
    /// are complete.
    /// </summary>
    public ResyncReply? Resync { get; init; }
}
