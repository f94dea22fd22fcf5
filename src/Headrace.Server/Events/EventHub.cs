using System.Security.Cryptography;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Shards;

namespace Headrace.Server.Events;

/// <summary>
/// Keeps the latest committed changes in one buffer for all readers. The shard's loop adds changes and never waits for
/// a reader. If a change is overwritten before a reader has read it, the reader receives a resync event and continues
/// with the newest change. The buffer is emptied some time after the last reader has disconnected.
/// </summary>
internal sealed class EventHub(TimeProvider time) : IEffectObserver, IDisposable
{
    /// <summary>
    /// Number of events in the buffer, enough for about two seconds on a server that runs a thousand jobs per second.
    /// An event occupies about 1 KB, and at most 8 KB (with 16 long tags and a long error).
    /// </summary>
    public const int Size = 8_192;

    /// <summary>
    /// Maximum number of readers. Each occupies a connection and, if its client stops reading, up to two pieces of
    /// output (128 KB).
    /// </summary>
    public const int MaxReaders = 1_000;

    /// <summary>
    /// How long events are kept after the last reader disconnects. A reader that reconnects within this time can
    /// continue where it stopped.
    /// </summary>
    private static readonly TimeSpan KeepTime = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();

    // Written under the lock and read without it. Readers can tell from the number of an entry that it was overwritten.
    private readonly ServerEvent?[] _buffer = new ServerEvent?[Size];
    private long _last;
    private long _first = 1;
    private volatile bool _isKeeping;

    // Guarded by the lock.
    private int _readers;
    private TaskCompletionSource? _added;
    private ITimer? _forget;

    /// <summary>Identifies the run of the server in the ids of its events.</summary>
    public uint Run { get; } = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));

    /// <summary>The number of the newest event; 0 if there is none.</summary>
    public long Last => Volatile.Read(ref _last);

    public int Readers
    {
        get
        {
            lock (_lock)
                return _readers;
        }
    }

    /// <summary>Returns whether all events after this one are still in the buffer.</summary>
    public bool HasAfter(long number)
    {
        lock (_lock)
            return number >= _first - 1 && number <= _last && _last - number <= Size;
    }

    /// <summary>Returns the event with this number; null if it is no longer in the buffer.</summary>
    public ServerEvent? Find(long number) =>
        Volatile.Read(ref _buffer[number % Size]) is { } found && found.Number == number ? found : null;

    public void Observe(IReadOnlyList<Effect> effects)
    {
        if (!_isKeeping)
            return;
        var now = Instant.From(time.GetUtcNow());
        lock (_lock)
            foreach (var effect in effects)
                if (ServerEvent.Of(effect, _last + 1, now) is { } added)
                    Add(added);
    }

    /// <summary>Publishes a webhook change. Such changes do not arrive as effects of the broker.</summary>
    public void Publish(WebhookEventReply webhook) => Publish(number => new ServerEvent.OfWebhook(number, webhook));

    /// <summary>Publishes a change of a pool, which does not arrive as an effect either.</summary>
    public void Publish(PoolEventReply pool) => Publish(number => new ServerEvent.OfPool(number, pool));

    private void Publish(Func<long, ServerEvent> create)
    {
        if (!_isKeeping)
            return;
        lock (_lock)
            Add(create(_last + 1));
    }

    /// <summary>Adds an event. The caller holds the lock.</summary>
    private void Add(ServerEvent added)
    {
        Volatile.Write(ref _buffer[added.Number % Size], added);
        Volatile.Write(ref _last, added.Number);
        _added?.TrySetResult();
        _added = null;
    }

    /// <summary>Returns a task that completes when there is an event after this one.</summary>
    public Task WaitAsync(long number)
    {
        lock (_lock)
            return _last > number
                ? Task.CompletedTask
                : (_added ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>
    /// Registers a reader until the result is disposed of. Returns null if there are already too many readers.
    /// </summary>
    public IDisposable? TryEnter()
    {
        lock (_lock)
        {
            if (_readers == MaxReaders)
                return null;
            _readers++;
            _isKeeping = true;
            _forget?.Dispose();
            _forget = null;
            return new Registration(this);
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _forget?.Dispose();
    }

    private void Leave()
    {
        lock (_lock)
            if (--_readers == 0)
                _forget = time.CreateTimer(_ => Forget(), state: null, KeepTime, Timeout.InfiniteTimeSpan);
    }

    private void Forget()
    {
        lock (_lock)
        {
            if (_readers > 0)
                return;
            _isKeeping = false;
            Array.Clear(_buffer);
            // Skips a number. A reader that reconnects with the id of its last event is then informed that it has
            // missed events.
            _first = ++_last + 1;
        }
    }

    private sealed class Registration(EventHub hub) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                hub.Leave();
        }
    }
}
