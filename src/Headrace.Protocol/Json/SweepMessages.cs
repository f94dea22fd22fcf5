using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Protocol.Json;

/// <summary>
/// The body of a request that changes many jobs: <c>POST /v1/jobs:cancel</c>, <c>:retry</c>, <c>:prioritize</c>,
/// <c>:move</c> and <c>:delete</c>.
/// </summary>
public sealed record SweepRequest
{
    /// <summary>The jobs to change, such as <c>state:failed queue:eu</c>; an empty filter selects every job.</summary>
    public string? Filter { get; init; }

    /// <summary>True to count the matching jobs without changing any of them.</summary>
    public bool DryRun { get; init; }

    /// <summary>The new priority, for <c>:prioritize</c>.</summary>
    public int? Priority { get; init; }

    /// <summary>The new queue, for <c>:move</c>.</summary>
    public string? Queue { get; init; }

    /// <summary>
    /// Idempotency key, 1 to 255 visible characters. A repeated request with the same key and content returns the sweep
    /// that the first request started.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// Members that this version does not recognize. The property is settable, because the source-generated serializer
    /// rejects init-only extension data.
    /// </summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>
/// The number of jobs that a filter selects. <c>Complete</c> is false if the count stopped at its time limit, so there
/// may be more matching jobs.
/// </summary>
public sealed record MatchReply(long Matches, bool Complete, long Examined)
{
    /// <summary>
    /// Whether the filter excludes no job that the change could affect. If the count is not complete, this is true if
    /// no job has been excluded so far.
    /// </summary>
    public bool All { get; init; }
}

/// <summary>A change to many jobs that runs in the background in small steps.</summary>
public sealed record SweepReply
{
    public required string Id { get; init; }

    /// <summary>The action of the sweep: cancel, retry, prioritize, move or delete.</summary>
    public required string Action { get; init; }

    /// <summary>The filter that selects the jobs. Ages are converted to times.</summary>
    public required string Filter { get; init; }

    /// <summary>The new priority, if the sweep sets one.</summary>
    public int? Priority { get; init; }

    /// <summary>The new queue, if the sweep moves jobs.</summary>
    public string? Queue { get; init; }
    public required string Owner { get; init; }

    /// <summary>The state: <c>running</c>, <c>done</c> or <c>stopped</c>.</summary>
    public required string State { get; init; }
    public DateTimeOffset Started { get; init; }
    public DateTimeOffset? Ended { get; init; }

    /// <summary>The number of jobs that the sweep has examined.</summary>
    public long Examined { get; init; }

    /// <summary>The number of jobs that the sweep has changed.</summary>
    public long Changed { get; init; }

    /// <summary>
    /// The number of matching jobs that the sweep could not change, for example because they were running.
    /// </summary>
    public long Skipped { get; init; }

    /// <summary>
    /// The condition that the sweep is waiting for, such as a place in a queue; absent if it is not waiting.
    /// </summary>
    public string? Waiting { get; init; }

    /// <summary>
    /// True in the reply to a request whose idempotency key belongs to this sweep; absent in all other replies.
    /// </summary>
    public bool? Repeated { get; init; }
}

/// <summary>
/// A page of failed jobs, grouped by the type and the first line of their errors. <c>Next</c> is the cursor of the next
/// page, whose groups must be added to these; it is absent on the last page.
/// </summary>
public sealed record FailurePage(IReadOnlyList<FailureGroupReply> Groups, string? Next, long Examined);

/// <summary>
/// A group of failed jobs whose errors have the same type and first line, with the newest job in the group.
/// </summary>
public sealed record FailureGroupReply(
    string Type,
    string Message,
    long Count,
    string NewestId,
    DateTimeOffset NewestEnded
);
