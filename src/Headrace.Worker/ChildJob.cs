using System.Text.Json;
using Headrace.Core.Jobs;

namespace Headrace.Worker;

/// <summary>
/// Describes a job that a running job submits, its child. Only the method is required. The child belongs to the owner
/// of its parent.
/// </summary>
/// <param name="Method">The name of the method, optionally with a version: <c>sha512</c> or <c>sha512@1</c>.</param>
public sealed record ChildJob(string Method)
{
    /// <summary>Gets the parameters as a JSON object that matches the schema of the method.</summary>
    public JsonElement? Params { get; init; }

    /// <summary>Gets the body; null if there is none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>Gets the content type of the body. Default: <c>application/octet-stream</c>.</summary>
    public string? ContentType { get; init; }

    /// <summary>Gets the queue. Default: the queue of the parent.</summary>
    public string? Queue { get; init; }

    /// <summary>Gets the priority; jobs with a higher priority run first. Default: 0.</summary>
    public int? Priority { get; init; }

    /// <summary>Gets the time before which the job does not start. Default: it can start once it is released.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>Gets the time by which the job must succeed; otherwise it fails. Default: none.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Gets the maximum run time of one attempt. Default: none.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>
    /// Gets the policy for running the job again after an error or a timeout. Default: the policy of the method.
    /// </summary>
    public RetryOptions? Retry { get; init; }

    /// <summary>
    /// Gets the tags by which the job can be found, such as <c>run=7</c>: at most 16, each up to 64 characters.
    /// Default: none.
    /// </summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Creates a child whose parameters are a value serialized as camelCase JSON.</summary>
    /// <typeparam name="T">The type of the parameters.</typeparam>
    /// <param name="method">The name of the method, optionally with a version.</param>
    /// <param name="parameters">The parameters; they must serialize to a JSON object.</param>
    /// <returns>The child; set further properties with a <c>with</c> expression.</returns>
    public static ChildJob Create<T>(string method, T parameters) =>
        new(method) { Params = JsonSerializer.SerializeToElement(parameters, JsonSerializerOptions.Web) };
}
