using System.Security.Cryptography;
using Headrace.Core;
using Headrace.Core.Jobs;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Writes jobs and their payloads. A small payload is stored in its job's row if one batch contains both:
/// <see cref="Expect"/> inspects the batch first, and <see cref="AddRest"/> writes the payloads that no row included.
/// When a job ends, SQLite copies a body stored in its unfinished row to the new row.
/// </summary>
internal sealed class JobWriter(Database database) : IDisposable
{
    /// <summary>
    /// Maximum size of a payload stored inline, about the size of the rest of the row. Longer payloads would slow down
    /// every list of jobs.
    /// </summary>
    public const int InRowBytes = 256;

    private static readonly string[] EndsFirst =
    [
        .. JobColumns.Status,
        .. CompletedJobColumns.Ending,
        "result_sha256",
        "result",
    ];
    private static readonly string[] Kept = ["id", .. JobColumns.Spec, "input_sha256", "input"];

    private readonly Statement _add = database.Prepare(
        $"INSERT INTO job ({Names(["id", .. JobColumns.All, "input_sha256", "input"])}) VALUES "
            + $"({Marks(JobColumns.All.Length + 3)})"
    );
    private readonly Statement _change = database.Prepare(
        $"UPDATE job SET {string.Join(", ", JobColumns.Status.Select(column => $"{column} = ?"))} WHERE id = ?"
    );
    private readonly Statement _remove = database.Prepare("DELETE FROM job WHERE id = ?");
    private readonly Statement _endNew = database.Prepare(
        $"INSERT INTO completed_job ({Names([.. Kept, .. EndsFirst])}) VALUES ({Marks(Kept.Length + EndsFirst.Length)})"
    );

    // The job's specification never changes, so SQLite copies it instead of receiving it again. OR FAIL avoids a
    // statement journal: a batch that fails is rolled back as a whole.
    private readonly Statement _endStored = database.Prepare(
        $"INSERT OR FAIL INTO completed_job ({Names([.. EndsFirst, .. Kept])}) SELECT "
            + $"{Marks(EndsFirst.Length)}, {Names(Kept)} FROM job WHERE id = ?"
    );

    private readonly Statement _addPayload = database.Prepare(
        """
        INSERT OR FAIL INTO payload (id, content_type, sha256, bytes) SELECT ?1, ?2, ?3, ?4 WHERE
            NOT EXISTS (SELECT 1 FROM job WHERE id = ?5 AND ?6 AND input IS NOT NULL)
            AND NOT EXISTS (SELECT 1 FROM completed_job WHERE id = ?5 AND iif(?6, input, result) IS NOT NULL)
        """
    );

    private readonly Dictionary<long, PayloadRow> _small = [];
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _hash = new byte[SHA256.HashSizeInBytes];

    /// <summary>Collects the small payloads of a batch.</summary>
    public void Expect(IReadOnlyList<RowChange> changes)
    {
        _small.Clear();
        foreach (var change in changes)
        {
            if (
                change is RowChange.PayloadAdded { Row: { Bytes.Length: <= InRowBytes } row }
                && !_small.TryAdd(PayloadKey.Of(row.Job, row.Kind), row)
            )
                throw new SqliteFailure(
                    SQLITE_CONSTRAINT,
                    $"The batch contains two payloads of the same kind for job {row.Job}."
                );
        }
    }

    public void Add(JobRow row)
    {
        _add.Put(row.Id.Value);
        JobColumns.Put(_add, row.Spec);
        JobColumns.Put(_add, row.Now);
        PutSmall(_add, row.Id, PayloadKind.Input, row.Spec.ContentType);
        _add.Run();
    }

    public void Change(JobRow row)
    {
        JobColumns.Put(_change, row.Now);
        _change.Put(row.Id.Value).Run();
        MustHaveTouched(row.Id);
    }

    public void End(DoneRow row, bool wasStored)
    {
        var job = row.Job;
        if (!wasStored)
        {
            _endNew.Put(job.Id.Value);
            JobColumns.Put(_endNew, job.Spec);
            PutSmall(_endNew, job.Id, PayloadKind.Input, job.Spec.ContentType);
            PutEnd(_endNew, row);
            _endNew.Run();
            return;
        }
        PutEnd(_endStored, row);
        _endStored.Put(job.Id.Value).Run();
        MustHaveTouched(job.Id);
        _remove.Put(job.Id.Value).Run();
    }

    /// <summary>Writes a large payload. A small one is stored in its job's row.</summary>
    public void Add(PayloadRow row)
    {
        if (row.Bytes.Length > InRowBytes)
            Write(row);
    }

    /// <summary>
    /// Writes a small payload that was not stored inline because its batch does not contain the job's row.
    /// </summary>
    public void AddRest(PayloadRow row)
    {
        if (_small.Remove(PayloadKey.Of(row.Job, row.Kind)))
            Write(row);
    }

    public bool HasRest => _small.Count > 0;

    public void Dispose() => _sha256.Dispose();

    private void Write(PayloadRow row)
    {
        _addPayload
            .Put(PayloadKey.Of(row.Job, row.Kind))
            .PutText(row.ContentType)
            .Put(Hash(row.Bytes.Span))
            .Put(row.Bytes.Span)
            .Put(row.Job.Value)
            .Put(row.Kind == PayloadKind.Input)
            .Run();
        if (database.Changes != 1)
            throw new SqliteFailure(
                SQLITE_CONSTRAINT,
                $"The batch adds a payload of job {row.Job} that already exists in the store '{database.Path}'."
            );
    }

    private void PutEnd(Statement into, DoneRow row)
    {
        JobColumns.Put(into, row.Job.Now);
        CompletedJobColumns.PutEnding(into, row);
        PutSmall(into, row.Job.Id, PayloadKind.Result, row.ResultType);
    }

    /// <summary>
    /// Binds the hash and bytes of a payload if the batch contains it with the content type stated in its job's row.
    /// </summary>
    private void PutSmall(Statement into, JobId job, PayloadKind kind, string? contentType)
    {
        var key = PayloadKey.Of(job, kind);
        if (_small.TryGetValue(key, out var row) && row.ContentType == contentType)
        {
            _small.Remove(key);
            into.Put(Hash(row.Bytes.Span)).Put(row.Bytes.Span);
        }
        else
        {
            into.PutNull().PutNull();
        }
    }

    private ReadOnlySpan<byte> Hash(ReadOnlySpan<byte> bytes)
    {
        // For 64 bytes this is 20 % faster than the one-shot hash method.
        _sha256.AppendData(bytes);
        _sha256.GetHashAndReset(_hash);
        return _hash;
    }

    private void MustHaveTouched(JobId job)
    {
        if (database.Changes != 1)
            throw new SqliteFailure(
                SQLITE_CONSTRAINT,
                $"The batch changes or ends job {job}, which has no unfinished row in the store '{database.Path}'."
            );
    }

    private static string Names(IEnumerable<string> columns) => string.Join(", ", columns);

    private static string Marks(int count) => string.Join(", ", Enumerable.Repeat("?", count));
}
