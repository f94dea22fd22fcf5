namespace Headrace.Core.Registry;

/// <summary>A change to the documents in the registry, published after its commit. Records are not included.</summary>
internal abstract record RegistryChange
{
    /// <summary>A document was created or replaced.</summary>
    public sealed record Put(RegistryDocument Document) : RegistryChange;

    /// <summary>A document was deleted. The version is the number assigned to the deletion.</summary>
    public sealed record Deleted(string Kind, string Id, long Version) : RegistryChange;

    /// <summary>
    /// All documents. They replace everything that the subscriber knew before. This is the first notification, and it
    /// also replaces notifications that a slow subscriber missed.
    /// </summary>
    public sealed record Reloaded(IReadOnlyList<RegistryDocument> Documents) : RegistryChange;
}
