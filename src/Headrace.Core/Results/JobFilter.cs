using Headrace.Core.Jobs;

namespace Headrace.Core.Results;

/// <summary>
/// A filter that selects jobs, shared by lists, bulk actions, the web page and the command line. Text form:
/// <c>state:failed queue:eu method:sha512</c>.
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

    /// <summary>True to select only ended jobs; used to list the latest results.</summary>
    public bool EndedOnly { get; init; }
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
internal sealed record Page(IReadOnlyList<StoredRow> Rows, Cursor? Next, bool Complete);
