using System.Text.Json;

namespace Headrace.Client.Steering;

/// <summary>A task that a program steers: a job, the topic of its result, and data of the program.</summary>
/// <param name="Job">The job. Its queue, tags and idempotency key are set by <see cref="SteeringClient"/>.</param>
public sealed record SteeringTask(JobRequest Job)
{
    /// <summary>
    /// Gets the topic, which decides which part of the program receives the result. Default: <c>default</c>.
    /// </summary>
    public string Topic { get; init; } = SteeringClient.DefaultTopic;

    /// <summary>
    /// Gets data of the program, which the result returns untouched, at most 700 characters of JSON. Default: none.
    /// </summary>
    public JsonElement? Data { get; init; }

    /// <summary>Creates a task whose parameters are a value serialized as camelCase JSON.</summary>
    /// <typeparam name="T">The type of the parameters.</typeparam>
    /// <param name="method">The name of the method, optionally with a version.</param>
    /// <param name="parameters">The parameters; they must serialize to a JSON object.</param>
    /// <returns>The task; set further properties with a <c>with</c> expression.</returns>
    public static SteeringTask Create<T>(string method, T parameters) => new(JobRequest.Create(method, parameters));
}
