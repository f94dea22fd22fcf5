using Headrace.Core.Registry;

namespace Headrace.Server.Registry;

/// <summary>Writes and deletes single documents in the registry.</summary>
internal static class RegistryWriting
{
    /// <summary>
    /// Creates or replaces a document. The expected version is the version that the caller has read,
    /// <see cref="RegistryWrite.Absent"/> or <see cref="RegistryWrite.AnyVersion"/>.
    /// </summary>
    public static Task<WriteResult> PutAsync(
        this IRegistry registry,
        string kind,
        string id,
        ReadOnlyMemory<byte> json,
        long expectedVersion,
        CancellationToken cancellationToken
    ) => registry.WriteAsync([new RegistryWrite.Put(kind, id, json, expectedVersion)], cancellationToken);

    /// <summary>Deletes a document that has the expected version.</summary>
    public static Task<WriteResult> DeleteAsync(
        this IRegistry registry,
        string kind,
        string id,
        long expectedVersion,
        CancellationToken cancellationToken
    ) => registry.WriteAsync([new RegistryWrite.Delete(kind, id, expectedVersion)], cancellationToken);
}
