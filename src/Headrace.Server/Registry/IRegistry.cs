using Headrace.Core.Registry;

namespace Headrace.Server.Registry;

/// <summary>
/// The registry: small versioned JSON documents that are always in memory, and records that are read from the store on
/// demand. All documents that the registry returns and all changes that it announces are durable (R1).
/// </summary>
internal interface IRegistry
{
    /// <summary>
    /// Returns the current document; null if it does not exist. After a write has been acknowledged, this method
    /// returns the written document.
    /// </summary>
    RegistryDocument? Get(string kind, string id);

    /// <summary>Returns all documents of a kind, ordered by id.</summary>
    IReadOnlyList<RegistryDocument> List(string kind);

    /// <summary>Applies all writes in one commit, or none of them.</summary>
    Task<WriteResult> WriteAsync(IReadOnlyList<RegistryWrite> writes, CancellationToken cancellationToken);

    /// <summary>
    /// Calls <paramref name="onChange"/> with all documents of the kind before this method returns, and then with each
    /// change after its commit, in order, until the result is disposed of. A subscriber that falls behind receives all
    /// documents again instead of the changes that it missed. It does not delay other subscribers.
    /// </summary>
    IDisposable Watch(string kind, Action<RegistryChange> onChange);

    /// <summary>Reads a record from the store; returns null if it does not exist.</summary>
    Task<RegistryRecord?> ReadRecordAsync(string kind, string id, CancellationToken cancellationToken);

    /// <summary>
    /// Reads a page of records. It starts after the record with the id <paramref name="after"/>, or with the first
    /// record in the given order if <paramref name="after"/> is null.
    /// </summary>
    Task<RecordPage> ReadRecordsAsync(
        string kind,
        RecordOrder order,
        string? after,
        int maxCount,
        CancellationToken cancellationToken
    );
}
