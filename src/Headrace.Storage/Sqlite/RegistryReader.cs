using Headrace.Core.Jobs;
using Headrace.Core.Registry;

namespace Headrace.Storage.Sqlite;

/// <summary>The queries for the registry's documents and records, and the code that reads their rows.</summary>
internal static class RegistryReader
{
    private const string Columns = "kind, id, version, job, json";

    public const string Documents = $"SELECT {Columns} FROM registry_document ORDER BY kind, id";
    public const string Record = $"SELECT {Columns} FROM registry_record WHERE kind = ? AND id = ?";

    /// <summary>Returns the query for the records after an id, in the given order.</summary>
    public static string Records(RecordOrder order) =>
        order == RecordOrder.OldestFirst
            ? $"SELECT {Columns} FROM registry_record WHERE kind = ? AND id > ? ORDER BY id"
            : $"SELECT {Columns} FROM registry_record WHERE kind = ? AND id < ? ORDER BY id DESC";

    public static RegistryDocument ReadDocument(Statement from) =>
        new(from.ReadText(), from.ReadText(), from.ReadLong(), default)
        {
            Job = ReadJob(from),
            Json = from.ReadBytes(),
        };

    public static RegistryRecord ReadRecord(Statement from) =>
        new(from.ReadText(), from.ReadText(), from.ReadLong(), default)
        {
            Job = ReadJob(from),
            Json = from.ReadBytes(),
        };

    private static JobId? ReadJob(Statement from) => from.ReadLongOrNull() is { } job ? new JobId(job) : null;
}
