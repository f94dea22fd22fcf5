namespace Headrace.Core.Registry;

/// <summary>
/// One change to the registry. The writes of a command, or of one job in a submission, are applied atomically in one
/// commit. Each write is assigned the registry's next version number, so no version number is used twice.
/// </summary>
internal abstract record RegistryWrite(string Kind)
{
    /// <summary>The expected version of a document that must not exist.</summary>
    public const long Absent = 0;

    /// <summary>The expected version that matches any version, and also a document that does not exist.</summary>
    public const long AnyVersion = -1;

    /// <summary>The content; empty for a write that stores nothing.</summary>
    public virtual ReadOnlyMemory<byte> Json => default;

    /// <summary>The contribution of the writes to the size of a batch, in bytes.</summary>
    public static long SizeOf(IReadOnlyList<RegistryWrite> writes)
    {
        var bytes = 0L;
        for (var i = 0; i < writes.Count; i++)
            bytes += 256 + writes[i].Json.Length;
        return bytes;
    }

    /// <summary>Creates or replaces a document if it has the expected version.</summary>
    public sealed record Put(string Kind, string Id, ReadOnlyMemory<byte> Content, long ExpectedVersion)
        : RegistryWrite(Kind)
    {
        public override ReadOnlyMemory<byte> Json => Content;
    }

    /// <summary>Deletes a document if it has the expected version.</summary>
    public sealed record Delete(string Kind, string Id, long ExpectedVersion) : RegistryWrite(Kind);

    /// <summary>
    /// Changes nothing, but ensures that the other writes are applied only if the document has the expected version. A
    /// login uses it to specify the version of the user that it verified.
    /// </summary>
    public sealed record Expect(string Kind, string Id, long ExpectedVersion) : RegistryWrite(Kind);

    /// <summary>Creates or replaces a record.</summary>
    public sealed record PutRecord(string Kind, string Id, ReadOnlyMemory<byte> Content) : RegistryWrite(Kind)
    {
        public override ReadOnlyMemory<byte> Json => Content;
    }

    /// <summary>
    /// Creates a record whose id is its version with leading zeros, so that records sorted by id are in the order in
    /// which they were appended.
    /// </summary>
    public sealed record AppendRecord(string Kind, ReadOnlyMemory<byte> Content) : RegistryWrite(Kind)
    {
        public override ReadOnlyMemory<byte> Json => Content;
    }

    /// <summary>Removes a record. Does nothing if it does not exist.</summary>
    public sealed record RemoveRecord(string Kind, string Id) : RegistryWrite(Kind);

    /// <summary>Omits the content, which may contain secrets.</summary>
    public sealed override string ToString() => $"{GetType().Name} {Kind}";
}
