using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Client.Steering;

/// <summary>The result of a task, or a part of it.</summary>
public sealed record SteeringResult
{
    internal SteeringResult(string topic, JobReply job, JsonElement? data, DateTimeOffset created)
    {
        (Topic, Job, Data, Created) = (topic, job, data, created);
    }

    /// <summary>Gets the topic of the task.</summary>
    public string Topic { get; }

    /// <summary>Gets the job of the task: its id, state, params, worker, attempts and error.</summary>
    public JobReply Job { get; }

    /// <summary>Gets the data that the program sent with the task; null if it sent none.</summary>
    public JsonElement? Data { get; }

    /// <summary>Gets whether the task has ended. A part that a running task has returned is not complete.</summary>
    public bool IsComplete { get; internal init; } = true;

    /// <summary>Gets whether the task has ended with a value.</summary>
    public bool HasSucceeded => IsComplete && Job.HasSucceeded();

    /// <summary>Gets the value, or the part; null if the task has failed.</summary>
    public JobResult? Value { get; internal init; }

    /// <summary>
    /// Gets why the task has no value, such as <c>failed (too-large): …</c>; null if it has one.
    /// </summary>
    public string? Failure { get; internal init; }

    /// <summary>Gets when this program created the task, by its own clock.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>Gets when this program received the result, by its own clock.</summary>
    public DateTimeOffset Received { get; internal init; }

    /// <summary>Gets how long the task waited for a worker; null if none has run it.</summary>
    public TimeSpan? WaitTime => Between(Job.Submitted, Job.Claimed);

    /// <summary>Gets how long the last attempt ran; null if there is none or it has not ended.</summary>
    public TimeSpan? RunTime => Between(Job.Started, Job.Ended);

    /// <summary>
    /// Gets the part of the time from the creation of the task to the receipt of its result in which it ran, 0 to 1.
    /// </summary>
    public double? Efficiency =>
        Received > Created && RunTime is { } run ? Math.Min(run / (Received - Created), 1) : null;

    /// <summary>
    /// The worker reports the start, and the server records the end, so a short run can seem to be negative.
    /// </summary>
    private static TimeSpan? Between(DateTimeOffset? start, DateTimeOffset? end) =>
        end - start is not { } time ? null
        : time < TimeSpan.Zero ? TimeSpan.Zero
        : time;
}
