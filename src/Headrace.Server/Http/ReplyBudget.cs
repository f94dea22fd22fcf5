namespace Headrace.Server.Http;

/// <summary>
/// Limits the memory of replies that contain payloads: bodies and params for workers, results and inputs for clients.
/// Memory for a reply is reserved before the payload is read from the store and released when the client has received
/// the payload, so slow clients together never occupy more than the budget. If no memory is free, replies wait for a
/// limited time, in order of arrival. They are not rejected immediately, because the clients would only repeat their
/// requests. Thread-safe.
/// </summary>
internal sealed class ReplyBudget
{
    /// <summary>
    /// 256 MB is enough for about ten of the largest replies to workers (<see cref="Core.Limits.BytesPerReply"/>) at
    /// the same time, with the copies that exist while a reply is sent. Sending these replies over a 1 Gbit/s network
    /// takes about a second.
    /// </summary>
    public const long DefaultBytes = 256 << 20;

    /// <summary>
    /// Maximum time that a reply waits for memory: a third of the default lease. After that time, a worker that has
    /// received no reply repeats its exchange.
    /// </summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    // Both fields are protected by _lock.
    private readonly LinkedList<Waiter> _waiting = [];
    private long _available;

    private readonly TimeProvider _time;
    private readonly long _capacity;

    public ReplyBudget(TimeProvider time, long bytes = DefaultBytes) =>
        (_time, _capacity, _available) = (time, bytes, bytes);

    public long Available
    {
        get
        {
            lock (_lock)
                return _available;
        }
    }

    /// <summary>Number of replies that are waiting for memory.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>
    /// Reserves memory, or returns a problem if not enough became available in time. A reply that needs more than the
    /// whole budget reserves all of it.
    /// </summary>
    public ValueTask<Result<Reservation>> ReserveAsync(long wanted, CancellationToken cancellationToken)
    {
        var taken = Math.Min(wanted, _capacity);
        Waiter waiter;
        lock (_lock)
        {
            if (taken == 0 || (_waiting.Count == 0 && _available >= taken))
            {
                _available -= taken;
                return ValueTask.FromResult<Result<Reservation>>(new Reservation(this, taken));
            }
            waiter = new Waiter(taken);
            _waiting.AddLast(waiter);
        }
        return WaitAsync(waiter, cancellationToken);
    }

    private async ValueTask<Result<Reservation>> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Granted.Task.WaitAsync(MaxWait, _time, cancellationToken);
        }
        catch (Exception ended) when (ended is TimeoutException or OperationCanceledException)
        {
            bool granted;
            lock (_lock)
                granted = !_waiting.Remove(waiter);
            if (granted && ended is TimeoutException)
                return new Reservation(this, waiter.Bytes);
            if (granted)
                Release(waiter.Bytes);
            else
                GrantWaiting();
            if (ended is OperationCanceledException)
                throw;
            return new Problem(
                ProblemKinds.Unavailable,
                $"Replies that other clients have not yet received occupy the server's reply buffer of "
                    + $"{_capacity >> 20} MB, and this reply needs {waiter.Bytes} bytes. Try again in "
                    + $"{RetryAfter.TotalSeconds} s."
            )
            {
                RetryAfter = RetryAfter,
            };
        }
        return new Reservation(this, waiter.Bytes);
    }

    private void Release(long released)
    {
        lock (_lock)
            _available += released;
        GrantWaiting();
    }

    private void GrantWaiting()
    {
        lock (_lock)
        {
            while (_waiting.First is { Value: var first } && _available >= first.Bytes)
            {
                _available -= first.Bytes;
                _waiting.RemoveFirst();
                first.Granted.SetResult();
            }
        }
    }

    /// <summary>Reserved memory. Disposing of it again has no effect.</summary>
    public sealed class Reservation(ReplyBudget budget, long taken) : IDisposable
    {
        private long _bytes = taken;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, 0) is > 0 and var bytes)
                budget.Release(bytes);
        }
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
