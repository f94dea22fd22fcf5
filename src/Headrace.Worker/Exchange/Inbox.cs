using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>
/// What has happened, for the one loop that reads it, in its order. Who adds many things in a row adds them quietly and wakes the loop once: a wake costs as much as several of the shortest jobs.
/// <para>Not bounded by itself, and never long: an attempt has at most a begin, one word and an end in it, a seat one return, a message one answer, the timer one ring; of attempts there are a thousand at most,
/// and of requests to stop two are passed on.</para>
/// </summary>
internal sealed class Inbox
{
    private readonly ConcurrentQueue<WorkerEvent> _events = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Add(WorkerEvent happened)
    {
        _events.Enqueue(happened);
        Wake();
    }

    /// <summary>Adds without waking: whoever does wakes soon, or knows that somebody does.</summary>
    public void AddQuietly(WorkerEvent happened) => _events.Enqueue(happened);

    public void Wake() => _wake.Writer.TryWrite(true);

    public bool TryTake([NotNullWhen(true)] out WorkerEvent? happened) => _events.TryDequeue(out happened);

    /// <summary>Ends at the first wake since the last time; what was added before it is there to be taken.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default) => _wake.Reader.ReadAsync(cancellationToken);
}
