using System.Text.Json;
using Headrace.Bridges;
using Headrace.Core.Registry;
using Headrace.Server.Accounts;
using Headrace.Server.Http;
using Headrace.Server.Registry;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Bridges;

/// <summary>
/// Stores the bridges as documents in the registry. A change and its audit log entry are written together.
/// </summary>
internal sealed class BridgeStore(IRegistry registry, AuditLog audit)
{
    /// <summary>
    /// Maximum number of bridges. Each bridge holds a broker connection and up to 20,000 messages in memory.
    /// </summary>
    private const int MaxBridges = 100;

    public StoredBridge? Find(string name) =>
        registry.Get(BridgeDocument.Kind, name) is { } document ? Read(document) : null;

    /// <summary>Returns the bridges, ordered by name.</summary>
    public IReadOnlyList<StoredBridge> All() =>
        [.. registry.List(BridgeDocument.Kind).Select(Read).OfType<StoredBridge>()];

    /// <summary>
    /// Returns whether the registry contains a bridge with this name, even one that this version cannot read.
    /// </summary>
    public bool Has(string name) => registry.Get(BridgeDocument.Kind, name) is not null;

    /// <summary>
    /// Calls <paramref name="onChange"/> immediately and after each change, until the result is disposed of.
    /// </summary>
    public IDisposable Watch(Action onChange) => registry.Watch(BridgeDocument.Kind, _ => onChange());

    /// <summary>Creates or replaces a bridge. Returns the problem if nothing was changed.</summary>
    /// <param name="context">The request.</param>
    /// <param name="name">The name of the bridge.</param>
    /// <param name="document">The bridge.</param>
    /// <param name="expected">The version that the bridge must have; null for any.</param>
    /// <param name="prepare">
    /// Called with the current and the new definition after all checks, to create the objects that must exist before
    /// the bridge. After this call, only a concurrent request can prevent the change.
    /// </param>
    public async Task<Problem?> PutAsync(
        HttpContext context,
        string name,
        BridgeDocument document,
        long? expected,
        Func<BridgeDefinition?, BridgeDefinition, Task<Problem?>> prepare
    )
    {
        var before = Find(name);
        if (before is null && registry.List(BridgeDocument.Kind).Count >= MaxBridges)
            return new Problem(
                ProblemKinds.LimitReached,
                $"There are {MaxBridges} bridges, which is the limit. Remove one that is no longer needed."
            );
        if (expected is { } version && version != (before?.Version ?? RegistryWrite.Absent))
            return new Problem(
                ProblemKinds.VersionConflict,
                $"The bridge '{name}' has version {before?.Version ?? RegistryWrite.Absent}, but the change is based "
                    + $"on version {version}. Read it again, then repeat the change."
            );
        if (!BridgeText.Parse(name, document.Definition, document.Paused).TryGet(out var after, out var problem))
            return problem;
        if (await prepare(before?.Definition, after) is { } unprepared)
            return unprepared;
        return await registry.WriteAsync(
            context.RequestAborted,
            AccountWrites.Put(
                BridgeDocument.Kind,
                name,
                document,
                BridgeJson.Default.BridgeDocument,
                before?.Version ?? RegistryWrite.Absent
            ),
            audit.Entry(
                context,
                "set bridge",
                name,
                before is null ? null : BridgeText.Describe(before.Definition),
                BridgeText.Describe(after)
            )
        );
    }

    public Task<Problem?> DeleteAsync(HttpContext context, StoredBridge bridge) =>
        registry.WriteAsync(
            context.RequestAborted,
            new RegistryWrite.Delete(BridgeDocument.Kind, bridge.Definition.Name, bridge.Version),
            audit.Entry(context, "remove bridge", bridge.Definition.Name, BridgeText.Describe(bridge.Definition))
        );

    /// <summary>
    /// Returns null for a document that was written by a later version and that this version cannot read.
    /// </summary>
    private static StoredBridge? Read(RegistryDocument document) =>
        JsonSerializer.Deserialize(document.Json.Span, BridgeJson.Default.BridgeDocument) is { } stored
        && BridgeText.Parse(document.Id, stored.Definition, stored.Paused).TryGet(out var definition, out _)
            ? new StoredBridge(definition, stored, document.Version)
            : null;
}
