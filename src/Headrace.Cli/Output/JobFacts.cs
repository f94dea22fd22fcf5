using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Output;

/// <summary>A job as lines of name and value; what does not apply is left out.</summary>
internal static class JobFacts
{
    public static IEnumerable<(string Name, string Value)> Of(JobReply job) =>
        All(job).Where(fact => fact.Value is not null).Select(fact => (fact.Name, fact.Value!));

    private static IEnumerable<(string Name, string? Value)> All(JobReply job) =>
        [
            ("id", job.Id),
            ("state", Show.End(job)),
            ("why", job.Why),
            ("wanted", job.Wanted),
            ("method", job.Method),
            ("params", job.Params?.GetRawText()),
            ("queue", job.Queue),
            ("priority", Show.Number(job.Priority)),
            ("input", $"{Show.Size(job.InputBytes)}{(job.ContentType is null ? "" : ", " + job.ContentType)}"),
            ("attempt", Show.Number(job.Attempt)),
            ("failures", $"{job.Failures}, {job.Retries} retries allowed"),
            ("worker", job.Worker),
            ("progress", job.Progress is { } progress ? $"{progress.Fraction:P0} {progress.Text}" : null),
            ("submitted", Show.Time(job.Submitted)),
            ("due", Moment(job.Due)),
            ("deadline", Moment(job.Deadline)),
            ("time limit", job.TimeLimit),
            ("claimed", Moment(job.Claimed)),
            ("started", Moment(job.Started)),
            ("ended", Moment(job.Ended)),
            ("error", job.Error is { } error ? $"{error.Type}: {error.Message}" : null),
            ("detail", job.Error?.Detail),
            (
                "result",
                job.ResultBytes is { } bytes
                    ? $"{Show.Size(bytes)}, {job.ResultType}; headrace results get {job.Id}"
                    : null
            ),
        ];

    private static string? Moment(DateTimeOffset? time) => time is null ? null : Show.Time(time);
}
