using System.Buffers;
using System.Buffers.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Ends jobs whose stored rows are up to date except for the state, such as the ready jobs that a sweep cancels. Two
/// statements move a whole run of them from <c>job</c> to <c>completed_job</c>; two statements for each job would take
/// twice as long (docs/performance.md).
/// </summary>
internal sealed class JobRunWriter(Database database)
{
    /// <summary>Maximum number of bytes that an id and its comma occupy in JSON.</summary>
    private const int IdBytes = 21;

    private static readonly string[] Copied =
    [
        .. JobColumns.Spec,
        .. JobColumns.Status.Where(column => column != "state"),
        "input_sha256",
        "input",
    ];

    // The ids are a JSON array. CROSS JOIN keeps their order, so that SQLite appends the rows by completion number. OR
    // FAIL avoids a statement journal: a batch that fails is rolled back as a whole.
    private readonly Statement _end = database.Prepare(
        $"""
        INSERT OR FAIL INTO completed_job (
            completion_number, ended, reason, state, result_bytes, id, {string.Join(", ", Copied)}
        )
        SELECT ?1 + ended.key, ?2, ?3, ?4, 0, job.id, {string.Join(", ", Copied.Select(column => $"job.{column}"))}
        FROM json_each(?5) AS ended CROSS JOIN job ON job.id = ended.value
        """
    );
    private readonly Statement _remove = database.Prepare(
        "DELETE FROM job WHERE id IN (SELECT value FROM json_each(?))"
    );
    private readonly ArrayBufferWriter<byte> _ids = new();

    /// <summary>
    /// Ends the jobs of the longest run that begins at this change, and returns its length: consecutive changes that
    /// differ only in the job and have consecutive completion numbers.
    /// </summary>
    public int End(IReadOnlyList<RowChange> changes, int start)
    {
        var first = ((RowChange.JobEnded)changes[start]).Row;
        var count = 0;
        _ids.ResetWrittenCount();
        while (start + count < changes.Count && Continues(first, count, changes[start + count]) is { } job)
        {
            Append(count == 0 ? (byte)'[' : (byte)',', job);
            count++;
        }
        _ids.Write("]"u8);
        _end.Bind(first.CompletionNumber)
            .Bind(first.Ended.Micros)
            .Bind((long)first.Reason)
            .Bind((long)first.Job.Status.State)
            .BindUtf8(_ids.WrittenSpan)
            .Run();
        Require(count, first);
        _remove.BindUtf8(_ids.WrittenSpan).Run();
        Require(count, first);
        return count;
    }

    /// <summary>Returns the job of a change that continues the run; null if the change does not.</summary>
    private static JobId? Continues(DoneRow first, int count, RowChange change) =>
        change is RowChange.JobEnded { OnlyStateChanged: true, Row: var row }
        && row.CompletionNumber == first.CompletionNumber + count
        && row.Job.Status.State == first.Job.Status.State
        && row.Ended == first.Ended
        && row.Reason == first.Reason
            ? row.Job.Id
            : null;

    private void Append(byte separator, JobId job)
    {
        var span = _ids.GetSpan(IdBytes);
        span[0] = separator;
        Utf8Formatter.TryFormat(job.Value, span[1..], out var written);
        _ids.Advance(1 + written);
    }

    private void Require(int count, DoneRow first)
    {
        if (database.Changes != count)
            throw new SqliteStoreException(
                SQLITE_CONSTRAINT,
                $"The batch ends {count} jobs from job {first.Job.Id} on, but the store has {database.Changes} of them "
                    + "as unfinished jobs."
            );
    }
}
