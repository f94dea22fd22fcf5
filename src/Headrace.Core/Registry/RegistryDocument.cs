using Headrace.Core.Jobs;

namespace Headrace.Core.Registry;

/// <summary>
/// A small versioned JSON document of the registry: an account, an API key, a setting. All documents are in memory, so
/// their size, number and total size are limited. A document is identified by its kind and its id.
/// </summary>
internal sealed record RegistryDocument(string Kind, string Id, long Version, ReadOnlyMemory<byte> Json) : StoredRow
{
    /// <summary>The job whose submission wrote this version; null if no submission did.</summary>
    public JobId? Job { get; init; }

    /// <summary>
    /// The bytes that count against <see cref="RegistryLimits.TotalBytes"/>. Names are at most a few hundred bytes.
    /// </summary>
    public long SizeBytes => RegistryLimits.SizeOf(Kind, Id, Json.Length);

    /// <summary>Omits the content, which may contain secrets.</summary>
    public override string ToString() => $"{Kind}/{Id} version {Version}";
}
