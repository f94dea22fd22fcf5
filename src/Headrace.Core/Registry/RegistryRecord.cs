using Headrace.Core.Jobs;

namespace Headrace.Core.Registry;

/// <summary>
/// A registry row that stays on disk and is read on demand, such as an audit entry, a job record or a position. The
/// number of records is not limited.
/// </summary>
internal sealed record RegistryRecord(string Kind, string Id, long Version, ReadOnlyMemory<byte> Json) : StoredRow
{
    /// <summary>
    /// The job whose submission wrote this record; null if no submission did. The state of the record is the state of
    /// that job, so it is not stored a second time.
    /// </summary>
    public JobId? Job { get; init; }

    /// <summary>Omits the content, which may contain secrets.</summary>
    public override string ToString() => $"{Kind}/{Id} version {Version}";
}

/// <summary>The order of a page of records.</summary>
internal enum RecordOrder
{
    /// <summary>Ascending by id. Appended records are in the order in which they were appended.</summary>
    OldestFirst,

    /// <summary>Descending by id.</summary>
    NewestFirst,
}

/// <summary>
/// A page of records of one kind. If <paramref name="IsLast"/> is false, the next page starts after the last record on
/// this page.
/// </summary>
internal sealed record RecordPage(IReadOnlyList<RegistryRecord> Records, bool IsLast) : StoredRow;
