using System.Collections.Immutable;
using Headrace.Core;
using Headrace.Core.Registry;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;
using Documents = System.Collections.Immutable.ImmutableSortedDictionary<
    string,
    Headrace.Core.Registry.RegistryDocument
>;

namespace Headrace.Server.Registry;

/// <summary>
/// The registry, which the first shard stores. This class maintains a copy of the broker's documents, which it builds
/// from the effects of durable batches. Reading a document therefore requires no command and never returns data that a
/// crash could lose (R1).
/// </summary>
internal sealed class ShardRegistry(IShardRouter shards, IJobStore jobStore, ILogger<ShardRegistry> logger)
    : IRegistry,
        IEffectObserver
{
    private static readonly Documents NoDocuments = Documents.Empty.WithComparers(StringComparer.Ordinal);

    /// <summary>
    /// Protects the list of watches, and makes each change to the documents atomic with its notifications.
    /// </summary>
    private readonly Lock _gate = new();
    private readonly List<RegistryWatch> _watches = [];

    /// <summary>
    /// The documents of each kind. Replaced in one assignment, so that readers never see part of the effects of a
    /// command.
    /// </summary>
    private volatile ImmutableDictionary<string, Documents> _kinds = ImmutableDictionary<string, Documents>.Empty;

    public RegistryDocument? Get(string kind, string id) => DocumentsOf(kind).GetValueOrDefault(id);

    public IReadOnlyList<RegistryDocument> List(string kind) => [.. DocumentsOf(kind).Values];

    public async Task<WriteResult> WriteAsync(
        IReadOnlyList<RegistryWrite> writes,
        CancellationToken cancellationToken
    ) =>
        await shards.All[0].SendAsync(new Command.WriteRegistry(writes), cancellationToken) switch
        {
            Response.RegistryWritten written => new WriteResult.Stored(written.Versions),
            Response.RegistryConflict { Conflict: var conflict } => new WriteResult.Conflict(
                conflict.Kind,
                conflict.Id,
                conflict.ActualVersion
            ),
            Response.Rejected rejected => new WriteResult.Rejected(rejected.Rejection),
            var other => throw new InvalidOperationException(
                $"A write to the registry received the unexpected response {other.GetType().Name}."
            ),
        };

    public IDisposable Watch(string kind, Action<RegistryChange> onChange)
    {
        var watch = new RegistryWatch(kind, onChange, _gate, () => DocumentsOf(kind).Values, Remove, logger);
        lock (_gate)
            _watches.Add(watch);
        watch.Run();
        return watch;
    }

    public async Task<RegistryRecord?> ReadRecordAsync(string kind, string id, CancellationToken cancellationToken)
    {
        var rows = await jobStore.ReadAsync([new RowKey.Record(kind, id)], cancellationToken);
        return rows.OfType<RegistryRecord>().SingleOrDefault();
    }

    public async Task<RecordPage> ReadRecordsAsync(
        string kind,
        RecordOrder order,
        string? after,
        int maxCount,
        CancellationToken cancellationToken
    )
    {
        var rows = await jobStore.ReadAsync([new RowKey.Records(kind, order, after, maxCount)], cancellationToken);
        return rows.OfType<RecordPage>().Single();
    }

    public bool IsEssential => true;

    /// <summary>Called by the shard's loop for each effect of a durable batch.</summary>
    public void Observe(IReadOnlyList<Effect> effects)
    {
        foreach (var effect in effects)
            if (effect is Effect.RegistryChanged { Changes: var changes })
                Apply(changes);
    }

    private void Apply(IReadOnlyList<RegistryChange> changes)
    {
        lock (_gate)
        {
            _kinds = changes.Aggregate(_kinds, Apply);
            foreach (var watch in _watches)
                foreach (var change in changes)
                    watch.Post(change);
        }
    }

    private Documents DocumentsOf(string kind) => _kinds.GetValueOrDefault(kind, NoDocuments);

    private static ImmutableDictionary<string, Documents> Apply(
        ImmutableDictionary<string, Documents> kinds,
        RegistryChange change
    ) =>
        change switch
        {
            RegistryChange.Put { Document: var document } => kinds.SetItem(
                document.Kind,
                kinds.GetValueOrDefault(document.Kind, NoDocuments).SetItem(document.Id, document)
            ),
            RegistryChange.Deleted deleted => kinds.SetItem(
                deleted.Kind,
                kinds.GetValueOrDefault(deleted.Kind, NoDocuments).Remove(deleted.Id)
            ),
            RegistryChange.Reloaded reloaded => reloaded
                .Documents.GroupBy(document => document.Kind)
                .ToImmutableDictionary(
                    kind => kind.Key,
                    kind => kind.ToImmutableSortedDictionary(document => document.Id, d => d, StringComparer.Ordinal)
                ),
            _ => throw new InvalidOperationException($"Unsupported registry change {change.GetType().Name}."),
        };

    private void Remove(RegistryWatch watch)
    {
        lock (_gate)
            _watches.Remove(watch);
    }
}
