using Headrace.Core.Jobs;

namespace Headrace.Core.Registry;

/// <summary>
/// A small versioned JSON document in the registry, such as an account, an API key or a setting. All documents are in
/// memory, so their size, number and total size are limited. A document is identified by its kind and its id.
/// </summary>
internal sealed record RegistryDocument(string Kind, string Id, long Version, ReadOnlyMemory<byte> Json) : StoredRow
{
    /// <summary>The job whose submission wrote this version; null if no submission did.</summary>
    public JobId? Job { get; init; }

    /// <summary>
    /// Size of the document and its names in bytes, counted against <see cref="RegistryLimits.TotalBytes"/>.
    /// </summary>
    public long SizeBytes => RegistryLimits.SizeOf(Kind, Id, Json.Length);

    /// <summary>Omits the content, which may contain secrets.</summary>
    public override string ToString() => $"{Kind}/{Id} version {Version}";
}
