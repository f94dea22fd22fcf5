namespace Headrace.Protocol.Json;

/// <summary>The body of <c>PUT /v1/webhooks/{webhook}</c>: creates a webhook, or changes its URL and times.</summary>
public sealed record WebhookRequest
{
    /// <summary>The URL that receives the messages.</summary>
    public string? Url { get; init; }

    /// <summary>The queue whose ended jobs the webhook delivers.</summary>
    public string? Queue { get; init; }

    /// <summary>
    /// <c>succeeded</c>, <c>failed</c> for failed and cancelled jobs, or <c>all</c>. Default: succeeded.
    /// </summary>
    public string? States { get; init; }

    /// <summary>
    /// <c>now</c> for the jobs that end from now on, <c>first</c> for all that the server keeps. Default: now.
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
    /// <summary>How long the replaced secret still signs, for example <c>1d</c>, which is the default.</summary>
    public string? Grace { get; init; }
}

/// <summary>A webhook, its position, and what has become of its deliveries.</summary>
public sealed record WebhookReply
{
    public required string Name { get; init; }

    /// <summary>The URL. Callers without the role operator see only its scheme and host.</summary>
    public required string Url { get; init; }

    public required string Queue { get; init; }

    /// <summary><c>succeeded</c>, <c>failed</c> or <c>all</c>.</summary>
    public required string States { get; init; }

    /// <summary><c>active</c>, <c>paused</c>, or <c>disabled</c> by the server.</summary>
    public required string State { get; init; }

    /// <summary>Why the server has disabled the webhook.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>The secret that signs the messages. Only the reply that creates or rotates it contains it.</summary>
    public string? Secret { get; init; }

    /// <summary>The time until which the replaced secret signs as well.</summary>
    public DateTimeOffset? PreviousValidUntil { get; init; }

    public required string Timeout { get; init; }

    public required string DisableAfter { get; init; }

    /// <summary>Every job up to this completion number is delivered.</summary>
    public long Position { get; init; }

    /// <summary>The number of ended jobs that are not delivered.</summary>
    public long Lag { get; init; }

    /// <summary>False if the server stopped counting, so that <see cref="Lag"/> is a lower bound.</summary>
    public bool Complete { get; init; }

    /// <summary>The number of jobs that were deleted before they were delivered.</summary>
    public long Expired { get; init; }

    /// <summary>
    /// The number of deliveries that were given up, because they failed for a day while others succeeded.
    /// </summary>
    public long Abandoned { get; init; }

    /// <summary>The number of accepted deliveries since the server started.</summary>
    public long Delivered { get; init; }

    /// <summary>The number of failed deliveries that are sent again while others are delivered.</summary>
    public int Held { get; init; }

    /// <summary>The HTTP status of the last attempt; absent if there was no reply.</summary>
    public int? LastStatus { get; init; }

    /// <summary>The error of the last attempt that failed.</summary>
    public string? LastError { get; init; }

    public DateTimeOffset? LastAttempt { get; init; }

    public DateTimeOffset? LastDelivery { get; init; }

    /// <summary>Since when every delivery has failed; absent if the last one succeeded.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>When a failed delivery is sent again.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required string CreatedBy { get; init; }
}

/// <summary>The result of a test message.</summary>
/// <param name="Accepted">Whether the receiver accepted it.</param>
/// <param name="Status">The HTTP status; absent if there was no reply.</param>
/// <param name="Error">Why the message does not count as accepted.</param>
/// <param name="DurationMs">How long the attempt took, in milliseconds.</param>
public sealed record WebhookTestReply(bool Accepted, int? Status, string? Error, long DurationMs);

/// <summary>A message to the receiver of a webhook.</summary>
/// <param name="Type"><c>job.succeeded</c>, <c>job.failed</c> or <c>job.cancelled</c>.</param>
/// <param name="Timestamp">When the job ended.</param>
/// <param name="Data">The job, with its result or the path of its result.</param>
public sealed record WebhookBody(string Type, DateTimeOffset Timestamp, JobReply Data);

/// <summary>A test message to the receiver of a webhook.</summary>
/// <param name="Type"><c>webhook.test</c>.</param>
/// <param name="Timestamp">When it was sent.</param>
/// <param name="Data">The name of the webhook.</param>
public sealed record WebhookTestBody(string Type, DateTimeOffset Timestamp, WebhookTestData Data);

/// <summary>The webhook that a test message is about.</summary>
public sealed record WebhookTestData(string Webhook);

/// <summary>A webhook was paused, resumed or disabled.</summary>
/// <param name="Name">The name of the webhook.</param>
/// <param name="Queue">The queue whose jobs it delivers.</param>
/// <param name="State">The new state: <c>active</c>, <c>paused</c> or <c>disabled</c>.</param>
/// <param name="At">When the server published the change.</param>
public sealed record WebhookEventReply(string Name, string Queue, string State, DateTimeOffset At)
{
    /// <summary>Gets why the server has disabled the webhook.</summary>
    public string? Reason { get; init; }
}
