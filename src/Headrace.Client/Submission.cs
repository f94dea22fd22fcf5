using System.Text.Json;

namespace Headrace.Client;

/// <summary>One job to submit. Only the method must be named.</summary>
/// <param name="Method">The method, as <c>sha512</c>, or with a version, <c>sha512@1</c>.</param>
public sealed record Submission(string Method)
{
    /// <summary>Parameters as JSON: an object that fits the method's schema.</summary>
    public JsonElement? Params { get; init; }

    /// <summary>
    /// Parameters as text, name to value, as a command line has them; the method's schema says which are numbers. Give
    /// these or <see cref="Params"/>, not both.
    /// </summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>The body; null for none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }

    /// <summary>The body's content type; <c>application/octet-stream</c> without one.</summary>
    public string? ContentType { get; init; }

    /// <summary>The queue; <c>default</c> without one.</summary>
    public string? Queue { get; init; }

    /// <summary>Higher goes first; 0 without one.</summary>
    public int? Priority { get; init; }

    /// <summary>Not before this time.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>Fails if not succeeded by this time.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>How long one attempt may run.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Further attempts after an error or a timeout; the server's 3 without it.</summary>
    public int? Retries { get; init; }

    /// <summary>
    /// Your own name for the job, 1 to 255 visible characters: sent again with the same content, in this process or
    /// another, it is the same job. Without it the client makes one
    /// for each submission, so that what it sends again itself is never a second job.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Makes a submission whose parameters are a value written as JSON (camelCase).</summary>
    public static Submission Of<T>(string method, T parameters) =>
        new(method) { Params = JsonSerializer.SerializeToElement(parameters, JsonSerializerOptions.Web) };
}
