using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core.Registry;

/// <summary>All registry documents by kind and id, and the version number for the next write.</summary>
internal sealed class RegistryTable
{
    private readonly Dictionary<(string Kind, string Id), RegistryDocument> _documents = [];

    /// <summary>
    /// The version number for the next write. All documents and records share one durable counter, so a document that
    /// is deleted and created again never reuses a version number.
    /// </summary>
    public long NextVersion { get; set; } = 1;

    public int Count => _documents.Count;

    /// <summary>Total size of the documents in bytes.</summary>
    public long Bytes { get; private set; }

    public IReadOnlyCollection<RegistryDocument> All => _documents.Values;

    public bool TryGet(string kind, string id, [NotNullWhen(true)] out RegistryDocument? document) =>
        _documents.TryGetValue((kind, id), out document);

    /// <summary>The effect that publishes all documents after they have been loaded; null if there are none.</summary>
    public Effect? LoadedEffect =>
        Count == 0 ? null : new Effect.RegistryChanged([new RegistryChange.Reloaded([.. _documents.Values])]);

    public void Put(RegistryDocument document)
    {
        Remove(document.Kind, document.Id);
        _documents.Add((document.Kind, document.Id), document);
        Bytes += document.SizeBytes;
    }

    public void Remove(string kind, string id)
    {
        if (_documents.Remove((kind, id), out var before))
            Bytes -= before.SizeBytes;
    }
}
