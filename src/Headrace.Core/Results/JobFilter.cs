using Headrace.Core.Jobs;

namespace Headrace.Core.Results;

/// <summary>
/// A filter that selects jobs, shared by lists, bulk actions, the web page and the command line. Text form:
/// <c>state:failed queue:eu tag:run=7</c>. A job must match all parts of the filter.
/// </summary>
internal sealed record JobFilter
{
    public static readonly JobFilter Everything = new();

    public JobState? State { get; init; }
    public FailReason? Reason { get; init; }
    public QueueName? Queue { get; init; }
    public MethodName? Method { get; init; }
    public WorkerName? Worker { get; init; }
    public string? Owner { get; init; }

    /// <summary>The job whose attempt submitted the job.</summary>
    public JobId? Parent { get; init; }

    /// <summary>The tags that a job must have.</summary>
    public JobTags Tags { get; init; } = JobTags.None;

    /// <summary>The idempotency key of the job. Only a store can evaluate this part.</summary>
    public string? Key { get; init; }

    /// <summary>The earliest time of submission.</summary>
    public Instant From { get; init; }

    /// <summary>The time before which a job must have been submitted.</summary>
    public Instant To { get; init; } = Instant.Never;

    /// <summary>
    /// Text in the type, message or detail of the error with which the job ended. The case of ASCII letters is ignored.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>True to select only ended jobs; used to list the latest results.</summary>
    public bool EndedOnly { get; init; }

    /// <summary>True to select only jobs that ended without success; used by sweeps.</summary>
    public bool UnsuccessfulOnly { get; init; }

    /// <summary>True to select only unfinished jobs, in whatever state.</summary>
    public bool UnfinishedOnly { get; init; }

    /// <summary>True if only jobs that ended without success can match.</summary>
    public bool ImpliesUnsuccessful =>
        UnsuccessfulOnly || State is JobState.Failed or JobState.Cancelled || Reason is not null || Text is not null;

    /// <summary>
    /// The only state in which an unsuccessful job can match; null if both failed and cancelled jobs can.
    /// </summary>
    public JobState? UnsuccessfulState =>
        State is JobState.Failed or JobState.Cancelled ? State
        : Reason is not null ? JobState.Failed
        : null;

    /// <summary>True if an unfinished job can match.</summary>
    public bool IncludesUnfinished =>
        !EndedOnly && !UnsuccessfulOnly && Reason is null && Text is null && State?.IsEnded() != true;

    /// <summary>True if an ended job can match.</summary>
    public bool IncludesEnded => !UnfinishedOnly && State?.IsEnded() != false;

    /// <summary>Returns whether an unfinished job matches; <see cref="Key"/> is not evaluated.</summary>
    public bool Matches(JobRow job) => IncludesUnfinished && MatchesJob(job);

    /// <summary>Returns whether an ended job matches; <see cref="Key"/> is not evaluated.</summary>
    public bool Matches(DoneRow row) =>
        IncludesEnded
        && !(UnsuccessfulOnly && row.Job.Status.State == JobState.Succeeded)
        && MatchesJob(row.Job)
        && (Reason is null || row.Reason == Reason)
        && (Text is null || ErrorContains(row, Text));

    private bool MatchesJob(JobRow job) =>
        (State is null || job.Status.State == State)
        && (Queue is null || job.Spec.Queue == Queue)
        && (Method is null || job.Spec.Method == Method)
        && (Worker is null || job.Status.Holder.Worker == Worker)
        && (Owner is null || job.Spec.Owner == Owner)
        && (Parent is null || job.Spec.Parent?.Lease.Job == Parent)
        && job.Spec.Submitted >= From
        && job.Spec.Submitted < To
        && (Tags.Values.Count == 0 || Tags.Values.All(job.Spec.Tags.Values.Contains));

    private static bool ErrorContains(DoneRow row, string text) =>
        row.Error is { } error
        && (Contains(error.Type, text) || Contains(error.Message, text) || Contains(error.Detail, text));

    private static bool Contains(string? text, string part) =>
        text is not null && AsciiLower(text).Contains(AsciiLower(part), StringComparison.Ordinal);

    /// <summary>Converts ASCII letters to lower case, in the same way as SQLite's function.</summary>
    public static string AsciiLower(string text) =>
        string.Create(
            text.Length,
            text,
            static (lower, from) =>
            {
                for (var i = 0; i < lower.Length; i++)
                    lower[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
            }
        );
}

internal enum JobOrder
{
    /// <summary>Sorted by id, newest first.</summary>
    Newest,

    /// <summary>Only ended jobs, sorted by completion number, latest first.</summary>
    LatestEnded,
}

/// <summary>
/// A position in a list: the order key of the last row returned. Opaque to clients; encoded as base64 on the wire.
/// </summary>
internal readonly record struct Cursor(long Key)
{
    public static readonly Cursor Start = new(long.MaxValue);

    public override string ToString() => Convert.ToBase64String(BitConverter.GetBytes(Key));

    public static bool TryParse(string text, out Cursor cursor)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        cursor = default;
        if (!Convert.TryFromBase64String(text, bytes, out var written) || written != sizeof(long))
            return false;
        cursor = new Cursor(BitConverter.ToInt64(bytes));
        return true;
    }
}

/// <summary>
/// A page of jobs (<see cref="JobRow"/> or <see cref="DoneRow"/>). <see cref="Next"/> is null on the last page;
/// <see cref="Complete"/> is false if the time budget ran out before the page was full.
/// </summary>
internal sealed record Page(IReadOnlyList<StoredRow> Rows, Cursor? Next, bool Complete)
{
    /// <summary>Number of jobs that the search examined for this page.</summary>
    public int Examined { get; init; }
}
