using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Jobs;

namespace Headrace.Server.Intake;

/// <summary>
/// Reads a job from JSON strictly. A member that is unknown, duplicate or of the wrong type is rejected, and the error
/// states its path.
/// </summary>
internal static class JobRequestReader
{
    /// <summary>
    /// Maximum size in bytes of a JSON request and of a batch line, enough for a 1 MB body in base64 (4/3) and the
    /// params.
    /// </summary>
    public const int MaxBytes = 2 << 20;

    private static readonly HeadraceJson Strict = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            AllowDuplicateProperties = false,
            MaxDepth = JsonText.MaxDepth,
            Converters = { new Rfc3339Converter() },
        }
    );

    public static Result<NewJob> Read(ReadOnlySpan<byte> utf8, Caller caller, string? keyHeader = null)
    {
        var read = StrictJson.Read(utf8, static text => PlainJobReader.Read(text) is { } plain ? plain : Parse(text));
        if (!read.TryGet(out var terms, out var problem))
            return problem;
        if (keyHeader is not null && terms.IdempotencyKey is { } named && named != keyHeader)
            return JobKey.Conflict(keyHeader, named);
        return (
            keyHeader is null || terms.IdempotencyKey is not null ? terms : terms with { IdempotencyKey = keyHeader }
        ).ToJob(caller);
    }

    /// <summary>
    /// Reads a job from any JSON text. If the job is invalid, returns a problem that explains the error.
    /// </summary>
    public static Result<SubmissionFields> ReadAny(ReadOnlySpan<byte> utf8) => StrictJson.Read(utf8, Parse);

    private static Result<SubmissionFields> Parse(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, Strict.SubmitRequest) is { } request
            ? Fields(request)
            : Problem.BadRequest("The JSON is null. Send an object, for example {\"method\":\"noop\"}.");

    private static Result<SubmissionFields> Fields(SubmitRequest request)
    {
        if (request.Unknown is { Count: > 0 } unknown)
            return Unknown(unknown.Keys);
        if (!SubmissionFields.ReadTimeLimit(request.TimeLimit).TryGet(out var limit, out var problem))
            return problem;
        var retry = RetryOptions.None;
        if (request.Retry is { } terms && !RetryText.TryRead(terms, out retry, out var fault))
            return Problem.BadRequest($"retry is not valid: {fault}");
        var hasBody = request.Body is not null || request.BodyBase64 is not null;
        if (request.Body is not null && request.BodyBase64 is not null)
            return Problem.BadRequest("Both 'body' and 'bodyBase64' are set. Use only one of them.");
        if (request.ContentType is not null && !hasBody)
            return Problem.BadRequest(
                "'contentType' is set without a body. Set 'body' or 'bodyBase64', or leave 'contentType' out."
            );
        byte[] body = [];
        if (request.Body is not null)
            body = Encoding.UTF8.GetBytes(request.Body);
        else if (request.BodyBase64 is { } text && !TryBase64(text, out body))
            return Problem.BadRequest(
                "'bodyBase64' is not valid base64. Use A-Z, a-z, 0-9, '+' and '/', padded with '='."
            );
        return new SubmissionFields
        {
            Method = request.Method,
            IdempotencyKey = request.IdempotencyKey,
            Queue = request.Queue,
            Priority = request.Priority,
            ScheduledAt = request.ScheduledAt,
            Deadline = request.Deadline,
            TimeLimit = limit,
            Retries = request.Retries,
            Retry = retry,
            Tags = request.Tags ?? [],
            // Stores the caller's original bytes, so that numbers keep their digits and members keep their order.
            Params = request.Params is { ValueKind: not JsonValueKind.Null } given
                ? JsonMarshal.GetRawUtf8Value(given).ToArray()
                : [],
            Body = body,
            ContentType = !hasBody
                ? null
                : request.ContentType ?? (request.Body is not null ? ContentTypes.PlainText : ContentTypes.OctetStream),
        };
    }

    private static Problem Unknown(IReadOnlyCollection<string> names)
    {
        var unbuilt = names.Where(UnsupportedFields.JobMembers.Contains).ToList();
        if (unbuilt.Count > 0)
            return Problem.BadRequest(
                $"Remove the members that this version does not support: {string.Join(", ", unbuilt)}."
            );
        return Problem.BadRequest(
            $"A job has no member {QuotedText.List([.. names.Select(n => $"'{n}'")])}. Valid members: method, "
                + "params, body, bodyBase64, contentType, queue, priority, scheduledAt, deadline, timeLimit, "
                + "retries, retry, tags, idempotencyKey."
        );
    }

    private static bool TryBase64(string text, out byte[] bytes)
    {
        bytes = new byte[(text.Length / 4 * 3) + 3];
        if (!Convert.TryFromBase64String(text, bytes, out var written))
            return false;
        Array.Resize(ref bytes, written);
        return true;
    }
}
