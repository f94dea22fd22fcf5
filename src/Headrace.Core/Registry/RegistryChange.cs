namespace Headrace.Core.Registry;

/// <summary>A change of the documents in the registry, published after its commit. Records are not included.</summary>
internal abstract record RegistryChange
{
    /// <summary>A document was created or replaced.</summary>
    public sealed record Put(RegistryDocument Document) : RegistryChange;

    /// <summary>A document was deleted. The version is the number of the deletion.</summary>
    public sealed record Deleted(string Kind, string Id, long Version) : RegistryChange;

    /// <summary>
    /// These are all documents. They replace everything that was known before: the first notification, and one instead
    /// of those that a slow subscriber has missed.
    /// </summary>
    public sealed record Reloaded(IReadOnlyList<RegistryDocument> Documents) : RegistryChange;
}
