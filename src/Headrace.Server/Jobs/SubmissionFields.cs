using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Microsoft.Net.Http.Headers;

namespace Headrace.Server.Jobs;

/// <summary>
/// What every form of a submission (JSON, raw body, Protobuf) comes to; the rules for a well-formed job stand here,
/// once.
/// </summary>
internal readonly record struct SubmissionFields()
{
    /// <summary>Enough for any sensible patience; a larger number is a mistake.</summary>
    private const int MaxRetries = 1_000;

    private const int MaxContentTypeLength = 200;

    /// <summary>The content type of a body given as text, where the caller names none.</summary>
    public const string PlainText = "text/plain; charset=utf-8";

    /// <summary>The content type of a body given as bytes, where the caller names none.</summary>
    public const string OctetStream = "application/octet-stream";

    public string? Method { get; init; }
    public string? Queue { get; init; }
    public int Priority { get; init; }
    public DateTimeOffset? ScheduledAt { get; init; }
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Null for no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }
    public long? Retries { get; init; }

    /// <summary>JSON text in UTF-8; empty for none.</summary>
    public byte[] Params { get; init; } = [];

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The content type of the body; null where there is no body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The submitter's own name for the job; null for none.</summary>
    public string? IdempotencyKey { get; init; }

    public Result<NewJob> ToJob(string owner)
    {
        if (!ReadMethod(Method).TryGet(out var method, out var problem))
            return problem;
        var queue = QueueName.Default;
        if (Queue is not null && !QueueName.TryParse(Queue, out queue))
            return Problem.BadRequest($"'{Queue}' is no name of a queue: {NameFormat.Description}.");
        if (TimeLimit <= TimeSpan.Zero)
            return Problem.BadRequest("timeLimit is zero: no attempt could run. Leave it out for no limit.");
        if (Retries is < 0 or > MaxRetries)
            return Problem.BadRequest($"retries={Retries} is not a whole number from 0 to {MaxRetries}.");
        if (Body.Length > Limits.InlineBytes)
            return new Problem(
                ProblemKinds.TooLarge,
                $"The job's body has {Body.Length} bytes; the limit is {Limits.InlineBytes}."
            );
        if (Params.Length > Limits.InlineBytes)
            return new Problem(
                ProblemKinds.TooLarge,
                $"The job's params have {Params.Length} bytes; the limit is {Limits.InlineBytes}. Send large data as the body."
            );
        if (ContentType is not null && !IsContentType(ContentType))
            return Problem.BadRequest(
                $"'{ContentType}' is no content type, such as application/octet-stream, of at most {MaxContentTypeLength} characters."
            );
        if (Params.Length > 0 && ParamsText.Validate(Params) is { } fault)
            return new Problem(ProblemKinds.InvalidParams, $"The params cannot be used: {fault.Path} {fault.Message}.")
            {
                Errors = [fault],
            };
        if (IdempotencyKey is not null && JobKey.Validate(IdempotencyKey) is { } keyFault)
            return Problem.BadRequest(keyFault);
        var job = new NewJob(
            new JobSpec
            {
                Owner = owner,
                Method = method.Name,
                Version = method.Version,
                Queue = queue,
                Priority = Priority,
                ScheduledAt = ScheduledAt is { } at ? Instant.From(at) : default,
                Deadline = Deadline is { } deadline ? Instant.From(deadline) : Instant.Never,
                TimeLimit = TimeLimit ?? TimeSpan.Zero,
                Retries = (int)(Retries ?? JobSpec.DefaultRetries),
                Params = Params,
                ContentType = ContentType,
                BodyBytes = Body.Length,
            },
            Body
        );
        return IdempotencyKey is null
            ? job
            : job with
            {
                Spec = job.Spec with { Key = JobKey.Of(IdempotencyKey, job) },
            };
    }

    public static Result<MethodRef> ReadMethod(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return Problem.BadRequest(
                "The member 'method' is missing: it names the method to run. GET /v1/methods lists them."
            );
        if (MethodRef.TryParse(text, out var method))
            return method;
        return Problem.BadRequest(
            $"'{text}' is no name of a method: {NameFormat.Description}, with a version as in name@2 or without."
        );
    }

    public static Result<TimeSpan?> ReadTimeLimit(string? text)
    {
        if (text is null)
            return (TimeSpan?)null;
        if (DurationText.TryParse(text, out var limit))
            return limit;
        return Problem.BadRequest($"timeLimit '{text}' is no duration: {DurationText.Format}.");
    }

    /// <summary>Checked at the door, because it is sent back as a header with the body and the result.</summary>
    private static bool IsContentType(string text) =>
        text is PlainText or OctetStream
        || text.Length <= MaxContentTypeLength && MediaTypeHeaderValue.TryParse(text, out _);
}
