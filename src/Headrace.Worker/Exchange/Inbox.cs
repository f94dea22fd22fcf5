using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>
/// What has happened, for the one loop that reads it, in its order. Who adds many things in a row adds them quietly and
/// wakes the loop once: a wake costs as much as several of the shortest jobs.
/// <para>Not bounded by itself, and never long: an attempt has at most a begin, one word and an end in it, a seat one
/// return, a message one answer, the timer one ring; of attempts there are a thousand at most,
/// and of requests to stop two are passed on.</para>
/// </summary>
internal sealed class Inbox(TimeProvider clock)
{
    /// <summary>
    /// A wake costs two switches of threads, and what many lanes say they say together: after the first, the loop hears
    /// of the rest a little later.
    /// </summary>
    private static readonly TimeSpan BetweenWakes = TimeSpan.FromMicroseconds(500);

    /// <summary>The least that a timer takes; with the kernel's tick up to five milliseconds.</summary>
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(1);

    private readonly ConcurrentQueue<WorkerEvent> _events = new();
    private readonly Lock _lock = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    // Under _lock; made by the first that can wait.
    private ITimer? _alarm;
    private bool _alarmSet;

    // When what could wait for a moment last woke the loop at once.
    private long _woken = clock.GetTimestamp();

    public void Add(WorkerEvent happened)
    {
        _events.Enqueue(happened);
        Wake();
    }

    /// <summary>Adds without waking: whoever does wakes soon, or knows that somebody does.</summary>
    public void AddQuietly(WorkerEvent happened) => _events.Enqueue(happened);

    /// <summary>
    /// Adds one of several that come together: the first wakes the loop, the others within <see cref="BetweenWakes"/>
    /// of it do so together.
    /// </summary>
    public void AddSoon(WorkerEvent happened)
    {
        var now = clock.GetTimestamp();
        if (clock.GetElapsedTime(Volatile.Read(ref _woken), now) < BetweenWakes)
        {
            AddLater(happened);
            return;
        }
        Volatile.Write(ref _woken, now);
        Add(happened);
    }

    /// <summary>
    /// Adds what nobody waits for: the loop hears of it with what comes next, at the latest after some milliseconds.
    /// </summary>
    public void AddLater(WorkerEvent happened)
    {
        _events.Enqueue(happened);
        lock (_lock)
        {
            if (_alarmSet)
                return;
            _alarmSet = true;
            _alarm ??= clock.CreateTimer(
                static inbox => ((Inbox)inbox!).Ring(),
                this,
                Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan
            );
            _alarm.Change(Later, Timeout.InfiniteTimeSpan);
        }
    }

    public void Wake() => _wake.Writer.TryWrite(true);

    public bool TryTake([NotNullWhen(true)] out WorkerEvent? happened) => _events.TryDequeue(out happened);

    /// <summary>Ends at the first wake since the last time; what was added before it is there to be taken.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default) =>
        _wake.Reader.ReadAsync(cancellationToken);

    /// <summary>Nobody listens any more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _alarm?.Dispose();
            _alarmSet = true;
        }
    }

    private void Ring()
    {
        lock (_lock)
            _alarmSet = false;
        Wake();
    }
}
