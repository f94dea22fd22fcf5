using Headrace.Core;
using Headrace.Core.Retention;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>Deletes ended jobs and all their data.</summary>
internal sealed class JobDeleter(Database database)
{
    private readonly Statement _deleteJob = database.Prepare(
        "DELETE FROM completed_job WHERE completion_number = ? AND id = ?"
    );
    private readonly Statement _deletePayloads = database.Prepare("DELETE FROM payload WHERE id BETWEEN ? AND ?");
    private readonly Statement _deleteAttempts = database.Prepare("DELETE FROM attempt WHERE job = ?");
    private readonly Statement _deleteLogs = database.Prepare("DELETE FROM log WHERE job = ?");
    private readonly Statement _deleteTag = database.Prepare("DELETE FROM tag WHERE text = ? AND job = ?");
    private readonly Statement _deleteKey = database.Prepare(
        "DELETE FROM idempotency_key WHERE owner = ? AND queue = ? AND text = ?"
    );

    public void Delete(EndedJob job)
    {
        _deleteJob.Bind(job.CompletionNumber).Bind(job.Id.Value).Run();
        Require(database.Changes == 1, job, "the store has no such completed job");
        _deletePayloads
            .Bind(PayloadKey.Of(job.Id, PayloadKind.Input))
            .Bind(PayloadKey.Of(job.Id, PayloadKind.Result))
            .Run();
        _deleteAttempts.Bind(job.Id.Value).Run();
        _deleteLogs.Bind(job.Id.Value).Run();
        foreach (var tag in job.Tags.Values)
            _deleteTag.BindText(tag).Bind(job.Id.Value).Run();
        foreach (var key in job.Keys)
        {
            _deleteKey.BindText(key.Owner).BindName(key.Queue.Text).BindText(key.Text).Run();
            Require(database.Changes == 1, job, "the store does not have its idempotency key");
        }
    }

    private static void Require(bool holds, EndedJob job, string why)
    {
        if (!holds)
            throw new SqliteStoreException(
                SQLITE_CONSTRAINT,
                $"The batch deletes job {job.Id} with completion number {job.CompletionNumber}, but {why}."
            );
    }
}
