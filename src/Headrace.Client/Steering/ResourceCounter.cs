namespace Headrace.Client.Steering;

/// <summary>
/// Counts the slots that a program divides among its kinds of tasks. A slot belongs to a pool, or to the reserve of
/// slots that are in no pool. A program acquires a slot from the pool before it sends a task, and releases the slot
/// when the result has arrived. Instances are thread-safe.
/// </summary>
public sealed class ResourceCounter
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly Dictionary<string, Pool> _pools;
    private int _reserve;

    /// <summary>Creates a counter whose slots are all in the reserve.</summary>
    /// <param name="total">The number of slots.</param>
    /// <param name="pools">The names of the pools.</param>
    public ResourceCounter(int total, params IEnumerable<string> pools)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(total);
        ArgumentNullException.ThrowIfNull(pools);
        (Total, _reserve) = (total, total);
        _pools = pools.ToDictionary(name => name, _ => new Pool());
    }

    /// <summary>Gets the number of slots in all pools and in the reserve.</summary>
    public int Total { get; }

    /// <summary>Gets the number of slots that are in no pool.</summary>
    public int Reserve
    {
        get
        {
            lock (_lock)
                return _reserve;
        }
    }

    /// <summary>Gets the number of slots of a pool, free and acquired ones.</summary>
    public int CountAllocated(string pool)
    {
        lock (_lock)
            return Find(pool).Allocated;
    }

    /// <summary>Gets the number of free slots of a pool.</summary>
    public int CountFree(string pool)
    {
        lock (_lock)
            return Find(pool).Free;
    }

    /// <summary>Acquires slots of a pool. Those who wait are served in the order of their calls.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="slots">The number of slots.</param>
    /// <param name="timeout">The longest wait; null to wait without a limit.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>False if the slots were not free within the time. Nothing is acquired then.</returns>
    public async Task<bool> AcquireAsync(
        string pool,
        int slots = 1,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        Waiter waiter;
        lock (_lock)
        {
            var found = Find(pool);
            waiter = new Waiter(slots);
            found.Waiters.AddLast(waiter);
            found.GrantFreeSlots();
        }
        try
        {
            await waiter.Served.Task.WaitAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken);
            return true;
        }
        catch (Exception gaveUp) when (gaveUp is TimeoutException or OperationCanceledException)
        {
            lock (_lock)
            {
                var found = Find(pool);
                // It may have been served at the last moment.
                if (!found.Waiters.Remove(waiter))
                    return true;
                // The next one may need fewer slots.
                found.GrantFreeSlots();
            }
            if (gaveUp is OperationCanceledException)
                throw;
            return false;
        }
    }

    /// <summary>Releases acquired slots of a pool.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The pool has fewer acquired slots.</exception>
    public void Release(string pool, int slots = 1)
    {
        lock (_lock)
        {
            var found = Find(pool);
            if (slots < 1 || slots > found.Allocated - found.Free)
                throw new ArgumentOutOfRangeException(
                    nameof(slots),
                    slots,
                    $"The pool '{pool}' has {found.Allocated - found.Free} acquired slots."
                );
            found.Free += slots;
            found.GrantFreeSlots();
        }
    }

    /// <summary>Moves slots from the reserve to a pool.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The reserve has fewer slots.</exception>
    public void Allocate(string pool, int slots)
    {
        lock (_lock)
        {
            if (slots < 0 || slots > _reserve)
                throw new ArgumentOutOfRangeException(nameof(slots), slots, $"The reserve has {_reserve} slots.");
            _reserve -= slots;
            Find(pool).Add(slots);
        }
    }

    /// <summary>
    /// Moves slots from a pool to another one, or to the reserve, when they are free. They are free for the tasks of
    /// the other pool at once.
    /// </summary>
    /// <param name="from">The pool that loses the slots.</param>
    /// <param name="to">The pool that receives the slots; null for the reserve.</param>
    /// <param name="slots">The number of slots; null for all that the pool has now.</param>
    /// <param name="timeout">The longest wait; null to wait without a limit.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>False if the slots were not free within the time. Nothing is moved then.</returns>
    public async Task<bool> ReallocateAsync(
        string from,
        string? to,
        int? slots = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default
    )
    {
        int count;
        lock (_lock)
        {
            if (to is not null)
                Find(to);
            count = slots ?? Find(from).Allocated;
            if (count < 0 || count > Find(from).Allocated)
                throw new ArgumentOutOfRangeException(
                    nameof(slots),
                    slots,
                    $"The pool '{from}' has {Find(from).Allocated} slots."
                );
        }
        if (count == 0)
            return true;
        if (!await AcquireAsync(from, count, timeout, cancellationToken))
            return false;
        lock (_lock)
        {
            Find(from).Allocated -= count;
            if (to is null)
                _reserve += count;
            else
                Find(to).Add(count);
        }
        return true;
    }

    private Pool Find(string pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return _pools.TryGetValue(pool, out var found)
            ? found
            : throw new ArgumentException(
                $"There is no pool '{pool}'. Pools: {string.Join(", ", _pools.Keys.Order())}.",
                nameof(pool)
            );
    }

    private sealed class Pool
    {
        public int Allocated { get; set; }

        public int Free { get; set; }

        public LinkedList<Waiter> Waiters { get; } = [];

        public void Add(int slots)
        {
            Allocated += slots;
            Free += slots;
            GrantFreeSlots();
        }

        /// <summary>Gives the free slots to those who wait, strictly in their order.</summary>
        public void GrantFreeSlots()
        {
            while (Waiters.First is { Value: var first } && first.Slots <= Free)
            {
                Free -= first.Slots;
                Waiters.RemoveFirst();
                first.Served.SetResult();
            }
        }
    }

    private sealed class Waiter(int slots)
    {
        public int Slots { get; } = slots;

        public TaskCompletionSource Served { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
