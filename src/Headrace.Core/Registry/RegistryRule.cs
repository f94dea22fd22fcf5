using Headrace.Core.Queues;

namespace Headrace.Core.Registry;

/// <summary>
/// Checks whether writes may be applied to the registry. Returns the first error, or null if all writes may be applied.
/// </summary>
internal static class RegistryRule
{
    public static RegistryFault? Check(RegistryTable table, IReadOnlyList<RegistryWrite> writes)
    {
        var (count, bytes) = (table.Count, table.Bytes);
        var named = new HashSet<(bool IsDocument, string Kind, string Id)>();
        foreach (var write in writes)
        {
            if (CheckContent(write) is { } invalid)
                return invalid;
            var (isDocument, id) = TargetOf(write);
            if (id is null)
                continue;
            if (!RegistryLimits.IsId(id))
                return Invalid($"The id '{id}' is not valid. An id consists of {RegistryLimits.IdDescription}.");
            if (!named.Add((isDocument, write.Kind, id)))
                return Invalid($"The command writes {write.Kind}/{id} twice. Combine the two writes into one.");
            if (!isDocument)
                continue;
            table.TryGet(write.Kind, id, out var current);
            if (ConflictOf(write, id, current?.Version ?? 0) is { } conflict)
                return conflict;
            if (write is RegistryWrite.Expect)
                continue;
            count += (write is RegistryWrite.Put ? 1 : 0) - (current is null ? 0 : 1);
            bytes -= current?.SizeBytes ?? 0;
            if (write is RegistryWrite.Put put)
                bytes += RegistryLimits.SizeOf(put.Kind, put.Id, put.Json.Length);
        }
        // Changes that do not enlarge the registry are always possible, even if a later version lowers the limits.
        if (count > RegistryLimits.Documents && count > table.Count)
            return Full($"The registry would contain {count} documents; the limit is {RegistryLimits.Documents}.");
        if (bytes > RegistryLimits.TotalBytes && bytes > table.Bytes)
            return Full(
                $"The documents in the registry would occupy {bytes} bytes; the limit is {RegistryLimits.TotalBytes} "
                    + $"bytes."
            );
        return null;
    }

    /// <summary>
    /// Whether the writes only add records. Such writes are rejected while disk space is low. Changes to documents are
    /// not rejected, because it must be possible to revoke an access key at any time (R25).
    /// </summary>
    public static bool OnlyAddsRecords(IReadOnlyList<RegistryWrite> writes)
    {
        var adds = false;
        foreach (var write in writes)
        {
            if (write is RegistryWrite.Put or RegistryWrite.Delete)
                return false;
            adds |= write is RegistryWrite.PutRecord or RegistryWrite.AppendRecord;
        }
        return adds;
    }

    /// <summary>
    /// Returns whether the write targets a document, and the id of its target. The id is null for a record that does
    /// not have one yet.
    /// </summary>
    private static (bool IsDocument, string? Id) TargetOf(RegistryWrite write) =>
        write switch
        {
            RegistryWrite.Put put => (true, put.Id),
            RegistryWrite.Delete delete => (true, delete.Id),
            RegistryWrite.Expect expect => (true, expect.Id),
            RegistryWrite.PutRecord put => (false, put.Id),
            RegistryWrite.RemoveRecord remove => (false, remove.Id),
            RegistryWrite.AppendRecord => (false, null),
            _ => throw new InvalidOperationException($"Unsupported registry write {write.GetType().Name}."),
        };

    private static RegistryFault.Conflict? ConflictOf(RegistryWrite write, string id, long actual)
    {
        var expected = write switch
        {
            RegistryWrite.Put put => put.ExpectedVersion,
            RegistryWrite.Delete delete => delete.ExpectedVersion,
            RegistryWrite.Expect expect => expect.ExpectedVersion,
            _ => RegistryWrite.AnyVersion,
        };
        // A document that does not exist cannot be deleted, regardless of the expected version.
        var isMissing = write is RegistryWrite.Delete && actual == RegistryWrite.Absent;
        return isMissing || (expected != RegistryWrite.AnyVersion && expected != actual)
            ? new RegistryFault.Conflict(write.Kind, id, expected, actual)
            : null;
    }

    private static RegistryFault.Invalid? CheckContent(RegistryWrite write)
    {
        if (!NameFormat.IsValid(write.Kind))
            return Invalid($"The kind '{write.Kind}' is not valid. A kind consists of {NameFormat.Description}.");
        if (write.Json.Length > RegistryLimits.DocumentBytes)
            return Invalid(
                $"The document of kind '{write.Kind}' is {write.Json.Length} bytes; the limit is "
                    + $"{RegistryLimits.DocumentBytes} bytes. Shorten the document."
            );
        if (
            write is RegistryWrite.Put { Kind: QueueSettings.Kind } put
            && QueueSettingsDocument.Check(put) is { } fault
        )
            return Invalid(fault);
        if (write.Json.IsEmpty && write is RegistryWrite.Put or RegistryWrite.PutRecord or RegistryWrite.AppendRecord)
            return Invalid($"The document of kind '{write.Kind}' is empty. Provide a JSON value.");
        return null;
    }

    private static RegistryFault.Invalid Invalid(string detail) => new(new Rejection(RejectionKind.BadRequest, detail));

    private static RegistryFault.Invalid Full(string detail) =>
        new(
            new Rejection(
                RejectionKind.RegistryFull,
                $"{detail} Delete documents that are no longer needed, for example expired keys."
            )
        );
}
