namespace Headrace.Protocol.Json;

/// <summary>The body of <c>PUT /v1/webhooks/{webhook}</c>: creates a webhook, or changes its URL and times.</summary>
public sealed record WebhookRequest
{
    /// <summary>The URL that receives the messages.</summary>
    public string? Url { get; init; }

    /// <summary>The queue whose ended jobs the webhook delivers.</summary>
    public string? Queue { get; init; }

    /// <summary>
    /// Which ended jobs to deliver: <c>succeeded</c>, <c>failed</c> for failed and cancelled jobs, or <c>all</c>.
    /// Default: <c>succeeded</c>.
    /// </summary>
    public string? States { get; init; }

    /// <summary>
    /// Where the webhook starts: <c>now</c> for jobs that end from now on, or <c>first</c> for all ended jobs that the
    /// server keeps. Default: <c>now</c>.
    /// </summary>
    public string? From { get; init; }

    /// <summary>How long an attempt may take, for example <c>15s</c>.</summary>
    public string? Timeout { get; init; }

    /// <summary>
    /// How long every delivery may fail before the server disables the webhook, for example <c>5d</c>.
    /// </summary>
    public string? DisableAfter { get; init; }
}

/// <summary>The body of <c>POST /v1/webhooks/{webhook}:rotate</c>.</summary>
public sealed record RotateWebhookRequest
{
    /// <summary>
    /// How long messages are also signed with the old secret. Default: <c>1d</c>. With <c>0s</c>, only the new secret
    /// signs from now on.
    /// </summary>
    public string? Grace { get; init; }
}

/// <summary>A webhook, its position and the state of its deliveries.</summary>
public sealed record WebhookReply
{
    public required string Name { get; init; }

    /// <summary>The URL. Callers without the operator role see only its scheme and host.</summary>
    public required string Url { get; init; }

    public required string Queue { get; init; }

    /// <summary>The ended jobs that the webhook delivers: <c>succeeded</c>, <c>failed</c> or <c>all</c>.</summary>
    public required string States { get; init; }

    /// <summary>The state: <c>active</c>, <c>paused</c>, or <c>disabled</c> by the server.</summary>
    public required string State { get; init; }

    /// <summary>Why the server disabled the webhook.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>The secret that signs the messages. Only the reply to its creation or rotation contains it.</summary>
    public string? Secret { get; init; }

    /// <summary>The time until which messages are also signed with a replaced secret.</summary>
    public DateTimeOffset? PreviousValidUntil { get; init; }

    public required string Timeout { get; init; }

    public required string DisableAfter { get; init; }

    /// <summary>The completion number up to which every job has been delivered.</summary>
    public long Position { get; init; }

    /// <summary>The number of ended jobs that have not been delivered yet.</summary>
    public long Lag { get; init; }

    /// <summary>False if the server stopped counting, so that <see cref="Lag"/> is a lower bound.</summary>
    public bool Complete { get; init; }

    /// <summary>The number of jobs that were deleted before they were delivered.</summary>
    public long Expired { get; init; }

    /// <summary>The number of abandoned deliveries, which failed for a day while others succeeded.</summary>
    public long Abandoned { get; init; }

    /// <summary>The number of accepted deliveries since the server started.</summary>
    public long Delivered { get; init; }

    /// <summary>
    /// The number of failed deliveries that are waiting to be retried while other jobs are delivered.
    /// </summary>
    public int Held { get; init; }

    /// <summary>The HTTP status of the last attempt; absent if there was no reply.</summary>
    public int? LastStatus { get; init; }

    /// <summary>The error of the last failed attempt.</summary>
    public string? LastError { get; init; }

    public DateTimeOffset? LastAttempt { get; init; }

    public DateTimeOffset? LastDelivery { get; init; }

    /// <summary>The time since which every delivery has failed; absent if the last delivery succeeded.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>When a failed delivery is retried.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required string CreatedBy { get; init; }
}

/// <summary>The result of a test message.</summary>
/// <param name="Accepted">Whether the receiver accepted the message.</param>
/// <param name="Status">The HTTP status; absent if there was no reply.</param>
/// <param name="Error">Why the message does not count as accepted.</param>
/// <param name="DurationMs">How long the attempt took, in milliseconds.</param>
public sealed record WebhookTestReply(bool Accepted, int? Status, string? Error, long DurationMs);

/// <summary>A message to the receiver of a webhook.</summary>
/// <param name="Type">The type: <c>job.succeeded</c>, <c>job.failed</c> or <c>job.cancelled</c>.</param>
/// <param name="Timestamp">When the job ended.</param>
/// <param name="Data">The job, with its result or the path of its result.</param>
public sealed record WebhookBody(string Type, DateTimeOffset Timestamp, JobReply Data);

/// <summary>A test message to the receiver of a webhook.</summary>
/// <param name="Type">The type, which is always <c>webhook.test</c>.</param>
/// <param name="Timestamp">When the message was sent.</param>
/// <param name="Data">The name of the webhook.</param>
public sealed record WebhookTestBody(string Type, DateTimeOffset Timestamp, WebhookTestData Data);

/// <summary>The webhook to which a test message refers.</summary>
public sealed record WebhookTestData(string Webhook);

/// <summary>A webhook was paused, resumed or disabled.</summary>
/// <param name="Name">The name of the webhook.</param>
/// <param name="Queue">The queue whose jobs the webhook delivers.</param>
/// <param name="State">The new state: <c>active</c>, <c>paused</c> or <c>disabled</c>.</param>
/// <param name="At">When the server published the change.</param>
public sealed record WebhookEventReply(string Name, string Queue, string State, DateTimeOffset At)
{
    /// <summary>Gets the reason why the server disabled the webhook.</summary>
    public string? Reason { get; init; }
}
