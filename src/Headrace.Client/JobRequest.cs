using System.Text.Json;
using Headrace.Core.Jobs;

namespace Headrace.Client;

/// <summary>Describes one job to submit. Only the method is required.</summary>
/// <param name="Method">The name of the method, optionally with a version: <c>sha512</c> or <c>sha512@1</c>.</param>
public sealed record JobRequest(string Method)
{
    /// <summary>Gets the parameters as a JSON object that matches the schema of the method.</summary>
    public JsonElement? Params { get; init; }

    /// <summary>
    /// Gets the parameters as text by name, as on a command line. The schema of the method determines which of them are
    /// numbers. Set either these or <see cref="Params"/>, not both.
    /// </summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the body; null if there is none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>Gets the content type of the body. Default: <c>application/octet-stream</c>.</summary>
    public string? ContentType { get; init; }

    /// <summary>Gets the queue. Default: <c>default</c>.</summary>
    public string? Queue { get; init; }

    /// <summary>Gets the priority; jobs with a higher priority run first. Default: 0.</summary>
    public int? Priority { get; init; }

    /// <summary>Gets the time before which the job does not start. Default: it can start immediately.</summary>
    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>Gets the time by which the job must succeed; otherwise, it fails. Default: none.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Gets the maximum run time of one attempt. Default: none.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>
    /// Gets the number of further attempts after an error or a timeout. Default: 3, set by the server.
    /// </summary>
    public int? Retries { get; init; }

    /// <summary>
    /// Gets the policy for running the job again after an error or a timeout. <see cref="Retries"/> is the short form
    /// of <see cref="RetryOptions.Max"/>. Default: the policy of the method.
    /// </summary>
    public RetryOptions? Retry { get; init; }

    /// <summary>
    /// Gets the tags that can be used to find the job, such as <c>run=7</c>: at most 16, each up to 64 characters.
    /// Default: none.
    /// </summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>
    /// Gets the idempotency key: 1 to 255 visible characters. Submitting the same content with the same key again, from
    /// this process or another, returns the existing job. When it is not set, the client generates a key for each
    /// request, so that its own retries never create a second job.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Creates a job request whose parameters are a value serialized as camelCase JSON.</summary>
    /// <typeparam name="T">The type of the parameters.</typeparam>
    /// <param name="method">The name of the method, optionally with a version.</param>
    /// <param name="parameters">The parameters; they must serialize to a JSON object.</param>
    /// <returns>The job request; set further properties with a <c>with</c> expression.</returns>
    public static JobRequest Create<T>(string method, T parameters) =>
        new(method) { Params = JsonSerializer.SerializeToElement(parameters, JsonSerializerOptions.Web) };
}
