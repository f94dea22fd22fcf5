using System.Globalization;
using Headrace.Core.Jobs;
using Headrace.Core.Queues;
using Headrace.Core.Retention;
using Headrace.Protocol.Json;
using Headrace.Server.Http;

namespace Headrace.Server.Queues;

/// <summary>Converts queue settings from requests and to replies.</summary>
internal static class QueueSettingsText
{
    /// <summary>
    /// Maximum time that a submission waits for a place in the queue. It is the same as for every other waiting
    /// request. A limit is needed because the body of a waiting submission occupies memory.
    /// </summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    /// <summary>Returns the settings of a request, or the problem with the first value that is not valid.</summary>
    public static Result<QueueSettings> Parse(QueueSettingsRequest request)
    {
        if ((CheckMinimum("maxJobs", request.MaxJobs) ?? CheckMinimum("maxBytes", request.MaxBytes)) is { } tooSmall)
            return tooSmall;
        if (
            !Parse("timeLimit", request.TimeLimit, DurationText.Max).TryGet(out var timeLimit, out var problem)
            || !Parse("waitWhenFull", request.WaitWhenFull, MaxWait).TryGet(out var wait, out problem)
            || !Parse("keepSucceeded", request.KeepSucceeded, RetentionLimit.Succeeded)
                .TryGet(out var succeeded, out problem)
            || !Parse("keepFailed", request.KeepFailed, RetentionLimit.Unsuccessful).TryGet(out var failed, out problem)
            || !Parse(request.Retry).TryGet(out var retry, out problem)
        )
            return problem;
        return new QueueSettings
        {
            MaxJobs = request.MaxJobs,
            MaxBytes = request.MaxBytes,
            TimeLimit = timeLimit,
            Retry = retry == RetryOptions.None ? null : retry,
            WaitWhenFull = wait,
            KeepSucceeded = succeeded == RetentionLimit.Succeeded ? null : succeeded,
            KeepFailed = failed == RetentionLimit.Unsuccessful ? null : failed,
        };
    }

    public static QueueSettingsReply View(string queue, QueueSettings settings, long version) =>
        new()
        {
            Queue = queue,
            Version = version,
            Paused = settings.Paused,
            Draining = settings.Draining,
            MaxJobs = settings.MaxJobs,
            MaxBytes = settings.MaxBytes,
            TimeLimit = settings.TimeLimit > TimeSpan.Zero ? DurationText.ToText(settings.TimeLimit) : null,
            WaitWhenFull = settings.WaitWhenFull > TimeSpan.Zero ? DurationText.ToText(settings.WaitWhenFull) : null,
            KeepSucceeded = View(settings.RetentionOf(HistoryClass.Succeeded)),
            KeepFailed = View(settings.RetentionOf(HistoryClass.Unsuccessful)),
            Retry = settings.Retry is { } retry ? RetryText.ToTerms(retry) : null,
            ChangedBy = settings.ChangedBy,
            ChangedAt = settings.ChangedAt,
        };

    public static KeepLimit View(RetentionLimit limit) =>
        new() { Age = DurationText.ToText(limit.MaxAge), Bytes = limit.MaxBytes };

    /// <summary>Describes the settings that differ from the defaults, for an audit log entry.</summary>
    public static string Describe(QueueSettings settings)
    {
        var texts = new List<string>();
        if (settings.Paused)
            texts.Add("paused");
        if (settings.Draining)
            texts.Add("draining");
        if (settings.MaxJobs is { } jobs)
            texts.Add(string.Create(CultureInfo.InvariantCulture, $"maxJobs={jobs}"));
        if (settings.MaxBytes is { } bytes)
            texts.Add(string.Create(CultureInfo.InvariantCulture, $"maxBytes={bytes}"));
        if (settings.TimeLimit > TimeSpan.Zero)
            texts.Add($"timeLimit={DurationText.ToText(settings.TimeLimit)}");
        if (settings.Retry is { } retry)
            texts.Add($"retry={RetryText.ToText(RetryText.ToTerms(retry))}");
        if (settings.WaitWhenFull > TimeSpan.Zero)
            texts.Add($"waitWhenFull={DurationText.ToText(settings.WaitWhenFull)}");
        if (settings.KeepSucceeded is { } succeeded)
            texts.Add($"keepSucceeded={Describe(succeeded)}");
        if (settings.KeepFailed is { } failed)
            texts.Add($"keepFailed={Describe(failed)}");
        return texts.Count == 0 ? "defaults" : string.Join(' ', texts);
    }

    private static string Describe(RetentionLimit limit) =>
        string.Create(CultureInfo.InvariantCulture, $"{DurationText.ToText(limit.MaxAge)},{limit.MaxBytes}");

    private static Result<TimeSpan> Parse(string member, string? text, TimeSpan max)
    {
        if (text is null)
            return TimeSpan.Zero;
        if (!DurationText.TryParse(text, out var duration) || duration == TimeSpan.Zero)
            return Problem.BadRequest(
                $"{member} '{QuotedText.Clip(text)}' is not valid. Use {DurationText.Format}, greater than 0."
            );
        return duration <= max
            ? duration
            : Problem.BadRequest(
                $"{member} is {DurationText.ToText(duration)}; the limit is {DurationText.ToText(max)}."
            );
    }

    private static Result<RetryOptions> Parse(RetryTerms? retry) =>
        retry is null ? RetryOptions.None
        : RetryText.TryRead(retry, out var options, out var fault) ? options
        : Problem.BadRequest($"The member 'retry' is not valid: {fault}");

    private static Result<RetentionLimit> Parse(string member, KeepLimit? keep, RetentionLimit otherwise)
    {
        var (age, bytes) = (otherwise.MaxAge, keep?.Bytes ?? otherwise.MaxBytes);
        if (keep?.Age is { } text && !DurationText.TryParse(text, out age))
            return Problem.BadRequest(
                $"{member}.age '{QuotedText.Clip(text)}' is not valid. Use {DurationText.Format}."
            );
        if (age < RetentionLimit.Minimum)
            return Problem.BadRequest(
                $"{member}.age is {DurationText.ToText(age)}, but an ended job is kept for at least "
                    + $"{DurationText.ToText(RetentionLimit.Minimum)}, so that its result can be read and its "
                    + "submission repeated. Use a longer time. To delete individual jobs earlier, use headrace jobs "
                    + "delete."
            );
        return CheckMinimum($"{member}.bytes", bytes) is { } tooSmall ? tooSmall : new RetentionLimit(age, bytes);
    }

    private static Problem? CheckMinimum(string member, long? value) =>
        value < 1
            ? Problem.BadRequest($"{member} is {value}, but must be at least 1. Leave it out for the default.")
            : null;
}
