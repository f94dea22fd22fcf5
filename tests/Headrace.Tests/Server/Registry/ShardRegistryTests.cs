using Headrace.Core;
using Headrace.Core.Registry;
using Headrace.Server.Hosting;
using Headrace.Server.Registry;
using Headrace.Storage.Memory;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Headrace.Tests.Server.Registry;

/// <summary>
/// Tests how the effects of batches change the documents that the registry keeps in memory, and what its subscribers
/// receive.
/// </summary>
public sealed class ShardRegistryTests : IAsyncDisposable
{
    private readonly MemoryJobStore _store = MemoryJobStore.Create(TimeProvider.System);
    private readonly LinesOfLog _log = new();
    private readonly LoggerFactory _logs = new();
    private readonly ShardRegistry _registry;

    public ShardRegistryTests()
    {
        _logs.AddProvider(_log);
        _registry = new ShardRegistry(
            new SingleShardRouter(new ShardMailbox(TimeProvider.System)),
            _store,
            _logs.CreateLogger<ShardRegistry>()
        );
    }

    public async ValueTask DisposeAsync()
    {
        _logs.Dispose();
        await _store.DisposeAsync();
    }

    [Fact]
    public void Documents_are_found_by_kind_and_id_and_listed_by_id()
    {
        Observe(Put("user", "b", 1), Put("user", "B", 2), Put("key", "b", 3), Put("user", "a", 4));

        Assert.Equal(3, _registry.Get("key", "b")?.Version);
        Assert.Null(_registry.Get("key", "a"));
        Assert.Null(_registry.Get("nothing", "a"));
        Assert.Equal([2, 4, 1], _registry.List("user").Select(document => document.Version));
        Assert.Empty(_registry.List("nothing"));
    }

    [Fact]
    public void The_documents_that_are_loaded_replace_all_others()
    {
        Observe(Put("user", "a", 1), Put("key", "a", 2));

        Observe(new RegistryChange.Reloaded([Document("user", "b", 3)]));

        Assert.Null(_registry.Get("user", "a"));
        Assert.Equal(3, _registry.Get("user", "b")?.Version);
        Assert.Empty(_registry.List("key"));
    }

    [Fact]
    public async Task A_subscriber_receives_the_documents_of_its_kind_and_then_each_change_in_order()
    {
        Observe(Put("user", "a", 1), Put("key", "a", 2));
        var seen = new Subscriber();

        using var watch = _registry.Watch("user", seen.OnChange);
        Assert.Equal(["all a1"], seen.Changes);
        for (var version = 3; version < 100; version += 3)
            Observe(
                Put("user", "b", version),
                Put("key", "b", version + 1),
                new RegistryChange.Deleted("user", "b", version + 2)
            );

        await seen.ReceivesAsync("deleted b101");
        Assert.Equal(
            ["all a1", .. Enumerable.Range(1, 33).SelectMany(n => new[] { $"b{3 * n}", $"deleted b{(3 * n) + 2}" })],
            seen.Changes
        );
    }

    [Fact]
    public async Task A_slow_subscriber_receives_all_documents_instead_of_the_changes_it_missed_and_delays_nobody()
    {
        var (slow, quick) = (new Subscriber(), new Subscriber());
        using var first = _registry.Watch("user", slow.OnChange);
        using var second = _registry.Watch("user", quick.OnChange);
        slow.Pause();

        // The first change occupies the slow subscriber, a thousand more changes wait in its queue, and there is no
        // room for the last one.
        for (var version = 1; version <= 1_002; version++)
        {
            Observe(Put("user", "a", version));
            if (version == 1)
                await slow.ReceivesAsync("a1");
            // The fast subscriber must not fall behind because of the slow one.
            if (version % 100 == 0)
                await quick.ReceivesAsync($"a{version}");
        }
        Observe(Put("user", "b", 1_003));
        slow.Resume();

        await slow.ReceivesAsync("all a1002 b1003");
        Observe(Put("user", "c", 1_004));
        await slow.ReceivesAsync("c1004");
        Assert.Equal(["all", "a1", "all a1002 b1003", "c1004"], slow.Changes);
        await quick.ReceivesAsync("c1004");
        Assert.Equal(1_005, quick.Changes.Count);
    }

    [Fact]
    public async Task A_subscriber_that_fails_is_logged_and_affects_no_other()
    {
        var other = new Subscriber();
        using var failing = _registry.Watch("user", _ => throw new InvalidOperationException("simulated"));
        using var watch = _registry.Watch("user", other.OnChange);

        Observe(Put("user", "a", 1));

        await other.ReceivesAsync("a1");
        await Eventually.HoldsAsync(
            "the log to name the kind",
            () => _log.Lines.Count(line => line.Contains("kind user failed", StringComparison.Ordinal)) == 2
        );
    }

    [Fact]
    public async Task A_subscription_that_was_disposed_receives_nothing_more()
    {
        var (disposed, other) = (new Subscriber(), new Subscriber());
        var watch = _registry.Watch("user", disposed.OnChange);
        using var second = _registry.Watch("user", other.OnChange);

        watch.Dispose();
        Observe(Put("user", "a", 1));

        await other.ReceivesAsync("a1");
        Assert.Equal(["all"], disposed.Changes);
    }

    private void Observe(params RegistryChange[] changes) => _registry.Observe([new Effect.RegistryChanged(changes)]);

    private static RegistryChange.Put Put(string kind, string id, long version) => new(Document(kind, id, version));

    private static RegistryDocument Document(string kind, string id, long version) =>
        new(kind, id, version, "{}"u8.ToArray());

    /// <summary>Records what it receives. While the subscriber is paused, its first call does not return.</summary>
    private sealed class Subscriber
    {
        // This is an object rather than a Lock, because a paused call waits for a pulse.
        private readonly object _lock = new();
        private readonly List<string> _changes = [];
        private bool _isPaused;

        public IReadOnlyList<string> Changes
        {
            get
            {
                lock (_lock)
                    return [.. _changes];
            }
        }

        public void Pause()
        {
            lock (_lock)
                _isPaused = true;
        }

        public void Resume()
        {
            lock (_lock)
            {
                _isPaused = false;
                Monitor.PulseAll(_lock);
            }
        }

        public void OnChange(RegistryChange change)
        {
            lock (_lock)
            {
                _changes.Add(Describe(change));
                while (_isPaused)
                    Assert.True(Monitor.Wait(_lock, Eventually.Deadline), "The subscriber was not resumed.");
            }
        }

        public Task ReceivesAsync(string change) =>
            Eventually.HoldsAsync($"the change '{change}'", () => Changes.Contains(change));

        private static string Describe(RegistryChange change) =>
            change switch
            {
                RegistryChange.Put { Document: var document } => $"{document.Id}{document.Version}",
                RegistryChange.Deleted deleted => $"deleted {deleted.Id}{deleted.Version}",
                RegistryChange.Reloaded reloaded => string.Join(
                    " ",
                    ["all", .. reloaded.Documents.Select(document => $"{document.Id}{document.Version}")]
                ),
                _ => change.ToString()!,
            };
    }
}
