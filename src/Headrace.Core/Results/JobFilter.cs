using Headrace.Core.Jobs;

namespace Headrace.Core.Results;

/// <summary>
/// Which jobs: the one filter of lists, bulk actions, page and command line. Text form: <c>state:failed queue:eu
/// method:sha512</c>.
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

    /// <summary>Only ended jobs: what "latest results" asks for.</summary>
    public bool EndedOnly { get; init; }
}

internal enum JobOrder
{
    /// <summary>By id, newest first.</summary>
    Newest,

    /// <summary>Ended jobs by the order of their ends, latest first.</summary>
    LatestEnded,
}

/// <summary>
/// A place in a list: the order key and id of the last row seen. Opaque to callers, base64 on the wire.
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
/// A page of jobs (<see cref="JobRow"/> or <see cref="DoneRow"/>). <see cref="Next"/> is null at the end;
/// <see cref="Complete"/> is false when the budget ran out first.
/// </summary>
internal sealed record Page(IReadOnlyList<StoredRow> Rows, Cursor? Next, bool Complete);
