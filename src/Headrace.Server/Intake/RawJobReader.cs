using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Intake;

/// <summary>
/// Reads the fields of a raw submission from the query string. All other query parameters are parameters of the method.
/// </summary>
internal static class RawJobReader
{
    public static readonly IReadOnlyList<string> Members =
    [
        "method",
        "queue",
        "priority",
        "scheduledAt",
        "deadline",
        "timeLimit",
        "retries",
        "retry",
        "tags",
        "idempotencyKey",
    ];

    /// <summary>
    /// Returns all fields except the params and the body. The parameters of the method are returned in
    /// <paramref name="parameters"/>.
    /// </summary>
    public static Result<SubmissionFields> Read(
        IQueryCollection query,
        out List<KeyValuePair<string, string>> parameters
    )
    {
        parameters = [];
        foreach (var (name, values) in query)
        {
            if (UnsupportedFields.JobMembers.Contains(name))
                return Problem.BadRequest(
                    $"The query parameter '{name}' is not supported in this version. Leave it out."
                );
            if (name.Length == 0)
                return Problem.BadRequest($"The query parameter '={values}' has no name.");
            if (!Members.Contains(name))
                parameters.Add(new KeyValuePair<string, string>(name, values.ToString()));
        }
        if (!SubmissionFields.ReadTimeLimit(Text("timeLimit")).TryGet(out var limit, out var problem))
            return problem;
        if (
            !Whole("priority").TryGet(out var priority, out problem)
            || !Whole("retries").TryGet(out var retries, out problem)
        )
            return problem;
        var retry = RetryOptions.None;
        if (Text("retry") is { } policy && !RetryText.TryParse(policy, out retry, out var fault))
            return Problem.BadRequest($"retry={QuotedText.Clip(policy)} is not valid: {fault}");
        if (
            !Time("scheduledAt").TryGet(out var scheduledAt, out problem)
            || !Time("deadline").TryGet(out var deadline, out problem)
        )
            return problem;
        return new SubmissionFields
        {
            Method = Text("method"),
            Queue = Text("queue"),
            IdempotencyKey = Text("idempotencyKey"),
            Priority = priority,
            Retries = retries,
            Retry = retry,
            Tags = Text("tags")?.Split(',', StringSplitOptions.TrimEntries) ?? [],
            TimeLimit = limit,
            ScheduledAt = scheduledAt,
            Deadline = deadline,
        };

        string? Text(string name) => query.TryGetValue(name, out var value) ? value.ToString() : null;

        Result<int?> Whole(string name)
        {
            if (Text(name) is not { } text)
                return (int?)null;
            if (WholeNumber.TryRead(text, int.MinValue, int.MaxValue, out var number))
                return (int)number;
            return Problem.BadRequest($"{name}={QuotedText.Clip(text)} is not valid. Use a 32-bit integer.");
        }

        Result<DateTimeOffset?> Time(string name)
        {
            if (Text(name) is not { } text)
                return (DateTimeOffset?)null;
            if (Rfc3339.TryParse(text, out var time))
                return time;
            return Problem.BadRequest($"{name}={QuotedText.Clip(text)} is not valid. Use {Rfc3339.Format}.");
        }
    }
}
