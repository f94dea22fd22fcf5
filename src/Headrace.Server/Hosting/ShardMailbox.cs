using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Headrace.Core;
using Headrace.Server.Shards;

namespace Headrace.Server.Hosting;

/// <summary>
/// Holds the commands for the shard and the callers that wait for responses. Requests add commands, and the shard takes
/// them while it builds a batch. The mailbox is bounded: if it is full, a new command is rejected and its caller is
/// asked to retry.
/// </summary>
internal sealed class ShardMailbox(TimeProvider time) : IShardMailbox, ICommandSource
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly long _start = time.GetTimestamp();
    private readonly WakeSignal _signal = new();
    private readonly ConcurrentDictionary<RequestId, TaskCompletionSource<Response>> _callers = new();

    /// <summary>
    /// Events for finished reads and disconnected callers that the loop has not passed to the shard yet. Their number
    /// is limited by the number of callers.
    /// </summary>
    private readonly ConcurrentQueue<ShardEvent> _events = new();

    // The lock protects the queue and _completed.
    private readonly Lock _lock = new();
    private readonly CommandQueue _queue = new();
    private bool _completed;

    private long _lastRequestId;
    private long _abandoned;

    /// <summary>
    /// The reason why the mailbox rejects all commands; null while it is open. Written by the loop and when the server
    /// stops.
    /// </summary>
    private volatile Reason? _closed = "The server is loading its store.";

    /// <summary>
    /// The reason why new jobs are rejected; null while they are accepted. Written when the server stops.
    /// </summary>
    private volatile Reason? _closedToClients;

    /// <summary>
    /// The reason why the store cannot accept commits; null while it can. Used only to report readiness, because the
    /// shard itself rejects requests. Written by the loop.
    /// </summary>
    public volatile Reason? Trouble;

    /// <summary>
    /// The reason why jobs are rejected for lack of disk space; null while there is enough. Used only to report
    /// readiness. Written by the disk space monitor.
    /// </summary>
    public volatile Reason? NoRoom;

    /// <summary>
    /// The current time of the monotonic clock. Commands are timestamped with this time, and the shard uses the same
    /// clock.
    /// </summary>
    public Elapsed Monotonic => new(time.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>Number of callers that are waiting for a response, including those parked in the shard.</summary>
    public int WaitingCount => _callers.Count;

    /// <summary>Number of requests whose caller disconnected before the response was ready.</summary>
    public long AbandonedCount => Interlocked.Read(ref _abandoned);

    public int InternalCount
    {
        get
        {
            lock (_lock)
                return _queue.InternalCount;
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
                return _queue.Count;
        }
    }

    /// <summary>The reason why new jobs are currently rejected; null while they are accepted.</summary>
    public Reason? ClosedReason => _closed ?? _closedToClients ?? NoRoom ?? Trouble;

    /// <summary>Whether the mailbox is closed and everything in it has been taken.</summary>
    public bool IsCompleted
    {
        get
        {
            lock (_lock)
                return _completed && _queue.Count == 0 && _events.IsEmpty;
        }
    }

    public async Task<Response> SendAsync(Command command, CancellationToken cancellationToken)
    {
        if (_closed is { } closed)
            throw new MailboxClosedException(closed, RetryDelay);
        if (command is Command.Submit && _closedToClients is { } stopping)
            throw new MailboxClosedException(stopping, RetryDelay);
        cancellationToken.ThrowIfCancellationRequested();

        var requestId = new RequestId(Interlocked.Increment(ref _lastRequestId));
        var caller = new TaskCompletionSource<Response>(TaskCreationOptions.RunContinuationsAsynchronously);
        _callers[requestId] = caller;
        await using var gone = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (mailbox, requestId) = ((ShardMailbox, RequestId))state!;
                mailbox.Abandon(requestId, token);
            },
            (this, requestId)
        );
        if (!TryAdd(new PendingCommand(requestId, command) { ArrivedAt = Monotonic }, out var rejection))
        {
            _callers.TryRemove(requestId, out _);
            throw new MailboxClosedException(rejection, RetryDelay);
        }
        _signal.Set();
        return await caller.Task;
    }

    /// <summary>
    /// Takes the next command for the shard. A command whose caller has disconnected is skipped unless it is internal.
    /// Internal commands come from workers and show that the worker is alive, even without a caller.
    /// </summary>
    public bool TryTake(bool isInternal, out PendingCommand pending)
    {
        while (TryDequeue(isInternal, out pending))
        {
            if (_callers.ContainsKey(pending.RequestId))
                return true;
            if (!isInternal)
                continue;
            pending = pending with { CallerGone = true };
            return true;
        }
        return false;
    }

    public bool TryTakeEvent([NotNullWhen(true)] out ShardEvent? shardEvent) => _events.TryDequeue(out shardEvent);

    /// <summary>Adds the results of completed reads to the events for the shard.</summary>
    public void Post(IEnumerable<ShardEvent> events)
    {
        foreach (var shardEvent in events)
            _events.Enqueue(shardEvent);
        _signal.Set();
    }

    public void Complete(RequestId requestId, Response answer)
    {
        if (_callers.TryRemove(requestId, out var caller))
            caller.TrySetResult(answer);
    }

    /// <summary>Wakes the loop.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Waits until a command or event arrives, the loop is woken, or the mailbox is closed.</summary>
    public ValueTask WaitAsync() => _signal.WaitAsync();

    public void Open() => _closed = null;

    /// <summary>Rejects new jobs; outcomes, queries and all other commands are still accepted.</summary>
    public void CloseToClients(Reason why) => _closedToClients = why;

    /// <summary>Rejects all new commands. The loop ends when the mailbox is empty.</summary>
    public void Close(Reason why)
    {
        _closed ??= why;
        lock (_lock)
            _completed = true;
        _signal.Set();
    }

    /// <summary>Fails every waiting caller. Called after the loop has ended.</summary>
    public void FailAll(Reason why)
    {
        Close(why);
        foreach (var requestId in _callers.Keys)
            if (_callers.TryRemove(requestId, out var caller))
                caller.TrySetException(new MailboxClosedException(why, RetryDelay));
    }

    private bool TryAdd(in PendingCommand pending, [NotNullWhen(false)] out Reason? rejection)
    {
        lock (_lock)
        {
            rejection =
                _completed ? _closed ?? "The server is stopping."
                : _queue.TryAdd(pending) ? null
                : $"{CommandQueue.DefaultCapacity} requests are already waiting to be processed, which is the limit.";
            return rejection is null;
        }
    }

    private bool TryDequeue(bool isInternal, out PendingCommand pending)
    {
        lock (_lock)
            return _queue.TryTake(isInternal, out pending);
    }

    private void Abandon(RequestId requestId, CancellationToken token)
    {
        if (!_callers.TryRemove(requestId, out var caller))
            return;
        _events.Enqueue(new ShardEvent.CallerDisconnected(requestId));
        Interlocked.Increment(ref _abandoned);
        _signal.Set();
        caller.TrySetCanceled(token);
    }
}
