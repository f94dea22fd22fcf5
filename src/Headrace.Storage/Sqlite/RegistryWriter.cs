using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using static SQLitePCL.raw;

namespace Headrace.Storage.Sqlite;

/// <summary>Writes registry documents and records. Both tables have the same columns: <see cref="Columns"/>.</summary>
internal sealed class RegistryWriter(Database database)
{
    private const string Columns = "kind, id, version, job, json";

    private readonly Statement _putDocument = database.Prepare(Replace("registry_document"));
    private readonly Statement _removeDocument = database.Prepare(Delete("registry_document"));
    private readonly Statement _putRecord = database.Prepare(Replace("registry_record"));
    private readonly Statement _removeRecord = database.Prepare(Delete("registry_record"));

    public void Put(RegistryDocument row) => Put(_putDocument, row.Kind, row.Id, row.Version, row.Job, row.Json.Span);

    public void Put(RegistryRecord row) => Put(_putRecord, row.Kind, row.Id, row.Version, row.Job, row.Json.Span);

    public void Remove(RowChange.DocumentRemoved document)
    {
        _removeDocument.BindName(document.Kind).BindName(document.Id).Run();
        if (database.Changes != 1)
            throw new SqliteStoreException(
                SQLITE_CONSTRAINT,
                $"The batch deletes the document {document.Kind}/{document.Id}, but store '{database.Path}' "
                    + "has no such document."
            );
    }

    public void Remove(RowChange.RecordRemoved record) => _removeRecord.BindName(record.Kind).BindName(record.Id).Run();

    private static void Put(
        Statement into,
        string kind,
        string id,
        long version,
        JobId? job,
        ReadOnlySpan<byte> json
    ) => into.BindName(kind).BindName(id).Bind(version).Bind(job?.Value).Bind(json).Run();

    private static string Replace(string table) => $"INSERT OR REPLACE INTO {table} ({Columns}) VALUES (?, ?, ?, ?, ?)";

    private static string Delete(string table) => $"DELETE FROM {table} WHERE kind = ? AND id = ?";
}
