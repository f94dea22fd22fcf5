using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>
/// The fields common to all forms of submission (JSON, raw body, Protobuf), and the rules for a well-formed job.
/// </summary>
internal readonly record struct SubmissionFields()
{
    public string? Method { get; init; }
    public string? Queue { get; init; }

    /// <summary>The priority of the job; null if the client did not set one. Zero is a valid priority.</summary>
    public int? Priority { get; init; }
    public DateTimeOffset? ScheduledAt { get; init; }
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Time limit of the job; null for no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Short form for the member <c>max</c> of <see cref="Retry"/>.</summary>
    public long? Retries { get; init; }

    public RetryOptions Retry { get; init; } = RetryOptions.None;

    public IReadOnlyCollection<string> Tags { get; init; } = [];

    /// <summary>The params as JSON text in UTF-8; empty if there are none.</summary>
    public byte[] Params { get; init; } = [];

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The content type of the body; null if the job has no body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The W3C trace context of the job; null if the submission does not specify one for this job.</summary>
    public string? Traceparent { get; init; }

    /// <summary>The idempotency key that the client chose for the job; null if the job has no key.</summary>
    public string? IdempotencyKey { get; init; }

    public Result<NewJob> ToJob(Caller caller)
    {
        if (!ReadMethod(Method).TryGet(out var method, out var problem))
            return problem;
        var queue = QueueName.Default;
        if (Queue is not null && !QueueName.TryParse(Queue, out queue))
            return Problem.BadRequest(
                $"'{QuotedText.Clip(Queue)}' is not a valid queue name. Use {NameFormat.Description}."
            );
        if (!caller.May(Permission.Submit, queue))
            return new Problem(
                ProblemKinds.Forbidden,
                $"{caller.Name} may not submit to the queue '{queue}', only to "
                    + $"{caller.ScopeOf(Permission.Submit)}. {ProblemKinds.Forbidden.Remedy}"
            );
        if (TimeLimit <= TimeSpan.Zero)
            return Problem.BadRequest(
                "timeLimit is zero, so no attempt could run. Use a longer duration, or leave it out for no limit."
            );
        if (TimeLimit > DurationText.Max)
            return Problem.BadRequest(
                $"timeLimit is {DurationText.ToText(TimeLimit.Value)}; the limit is "
                    + $"{DurationText.ToText(DurationText.Max)}. Leave it out for no limit."
            );
        if (RetryFault() is { } retryFault)
            return Problem.BadRequest(retryFault);
        var retry = Retries is null ? Retry : Retry with { Max = (int?)Retries };
        if (!JobTags.TryCreate(Tags, out var tags))
            return Problem.BadRequest(
                $"The tags are not valid. A job can have {Limits.MaxTags} tags, each of 1 to {Limits.MaxTagLength} "
                    + "characters."
            );
        if (Body.Length > Limits.InlineBytes)
            return new Problem(
                ProblemKinds.TooLarge,
                $"The job's body is {Body.Length} bytes; the limit is {Limits.InlineBytes} bytes."
            );
        if (Params.Length > Limits.InlineBytes)
            return new Problem(
                ProblemKinds.TooLarge,
                $"The job's params are {Params.Length} bytes; the limit is {Limits.InlineBytes} bytes. Send "
                    + "large data as the body."
            );
        if (ContentType is not null && !ContentTypes.IsValid(ContentType))
            return Problem.BadRequest(
                $"'{QuotedText.Clip(ContentType)}' is not a valid content type. Use {ContentTypes.Description}."
            );
        if (Params.Length > 0 && ParamsText.Validate(Params) is { } fault)
            return new Problem(ProblemKinds.InvalidParams, $"The params are not valid: {fault.Path} {fault.Message}.")
            {
                Errors = [fault],
            };
        if (IdempotencyKey is not null && JobKey.Validate(IdempotencyKey) is { } keyFault)
            return Problem.BadRequest(keyFault);
        var job = new NewJob(
            new JobSpec
            {
                Owner = caller.Name,
                Method = method.Name,
                Version = method.Version,
                Queue = queue,
                Priority = Priority ?? 0,
                ScheduledAt = ScheduledAt is { } at ? Instant.From(at) : default,
                Deadline = Deadline is { } deadline ? Instant.From(deadline) : Instant.Never,
                TimeLimit = TimeLimit ?? TimeSpan.Zero,
                Retry = RetryPolicy.Of(retry),
                Tags = tags,
                Traceparent = Traceparent,
                Params = Params,
                ContentType = ContentType,
                BodyBytes = Body.Length,
            },
            Body
        )
        {
            HasPriority = Priority is not null,
            Retry = retry,
            Quota = caller.Quota,
        };
        return IdempotencyKey is null
            ? job
            : job with
            {
                Spec = job.Spec with { Key = JobKey.Of(IdempotencyKey, job) },
            };
    }

    private string? RetryFault() =>
        Retries is < 0 or > RetryOptions.MaxRetries
            ? $"retries={Retries} is not valid. Use a whole number from 0 to {RetryOptions.MaxRetries}."
        : RetryText.Fault(Retry) is { } fault ? $"retry is not valid: {fault}"
        : Retries is not null && Retry.Max is { } max && max != Retries
            ? $"retries is {Retries}, but retry.max is {max}. Both set the number of retries. Leave one of them out."
        : null;

    public static Result<MethodRef> ReadMethod(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return Problem.BadRequest(
                "The member 'method' is missing. Set it to the name of a method; GET /v1/methods lists them."
            );
        if (MethodRef.TryParse(text, out var method))
            return method;
        return Problem.BadRequest(
            $"'{QuotedText.Clip(text)}' is not a valid method name. Use {NameFormat.Description}, optionally "
                + "followed by a version: name@2."
        );
    }

    public static Result<TimeSpan?> ReadTimeLimit(string? text)
    {
        if (text is null)
            return (TimeSpan?)null;
        if (DurationText.TryParse(text, out var limit))
            return limit;
        return Problem.BadRequest($"timeLimit '{QuotedText.Clip(text)}' is not valid. Use {DurationText.Format}.");
    }
}
