using System.Globalization;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Output;

/// <summary>Describes a job as a list of names and values. Values that do not apply are omitted.</summary>
internal static class JobDetails
{
    /// <summary>The name of the only value that can span multiple lines: the stack trace of an error.</summary>
    private const string Detail = "detail";

    private const int NameWidth = 12;

    public static void Write(Terminal terminal, JobReply job)
    {
        foreach (var (name, value) in All(job))
        {
            if (value is null)
                continue;
            var label = name.PadRight(NameWidth);
            // The line breaks of a stack trace are kept. The lines are indented, so that none of them looks like a
            // separate value.
            if (name == Detail)
                terminal.WriteLines(
                    $"{label} {value.TrimEnd().ReplaceLineEndings("\n" + new string(' ', NameWidth + 1))}"
                );
            else
                terminal.WriteLine($"{label} {value}");
        }
    }

    private static IEnumerable<(string Name, string? Value)> All(JobReply job) =>
        [
            ("id", job.Id),
            ("state", Format.End(job)),
            ("why", job.Why),
            ("stop requested", job.StopRequested),
            ("method", job.Method),
            ("params", job.Params?.GetRawText()),
            ("queue", job.Queue),
            ("priority", Format.Number(job.Priority)),
            ("input", Sized(job.InputBytes, job.ContentType)),
            ("tags", job.Tags is { } tags ? string.Join(", ", tags) : null),
            ("attempt", Format.Number(job.Attempt)),
            ("failures", $"{job.Failures}, {job.Retries} retries allowed"),
            ("retry delays", Delays(job.Retry)),
            ("retry of", job.RetryOf),
            ("parent", job.Parent),
            ("worker", job.Worker),
            ("progress", job.Progress is { } progress ? $"{progress.Fraction:P0} {progress.Text}" : null),
            ("submitted", Format.Time(job.Submitted)),
            ("scheduled at", Timestamp(job.ScheduledAt)),
            ("deadline", Timestamp(job.Deadline)),
            ("time limit", job.TimeLimit),
            ("claimed", Timestamp(job.Claimed)),
            ("started", Timestamp(job.Started)),
            ("ended", Timestamp(job.Ended)),
            ("waited", Between(job.ScheduledAt ?? job.Submitted, job.Claimed)),
            ("ran", Between(job.Started ?? job.Claimed, job.Ended)),
            ("error", job.Error is { } error ? $"{error.Type}: {error.Message}" : null),
            (Detail, job.Error?.Detail),
            (
                "result",
                job.ResultBytes is { } bytes ? $"{Sized(bytes, job.ResultType)}; headrace results get {job.Id}" : null
            ),
        ];

    private static string? Delays(RetryTerms? retry) =>
        retry is null
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{retry.Delay}, times {retry.Factor} after each retry, at most {retry.MaxDelay}, "
                    + $"minus up to {retry.Jitter:P0}"
            );

    private static string Sized(long bytes, string? type) =>
        type is null ? Format.Size(bytes) : $"{Format.Size(bytes)}, {type}";

    /// <summary>The time between two events; null if either has not occurred yet.</summary>
    private static string? Between(DateTimeOffset? from, DateTimeOffset? to) =>
        from is { } begin && to is { } end && end >= begin ? Format.Duration(end - begin) : null;

    private static string? Timestamp(DateTimeOffset? time) => time is null ? null : Format.Time(time);
}
