namespace Headrace.Server.Security;

/// <summary>
/// The logins whose passwords are waiting to be verified. Logins must not take CPU time away from jobs, so only one
/// password is verified at a time. The addresses take turns, so that a caller that sends many logins delays only logins
/// from the same address.
/// </summary>
internal sealed class LoginQueue
{
    /// <summary>
    /// Maximum number of waiting logins from one address. All users behind a proxy share an address. Verifying 16
    /// logins takes less than a second.
    /// </summary>
    public const int MaxWaitingOfAddress = 16;

    /// <summary>
    /// Maximum number of waiting logins. The last of them waits about 3 s. When the limit is reached, the newest login
    /// from the address with the most waiting logins is rejected.
    /// </summary>
    public const int MaxWaiting = 64;

    private readonly Lock _lock = new();

    /// <summary>
    /// The waiting logins from each address, oldest first. The addresses are in the order of their turns, and addresses
    /// without waiting logins are not in the list. Guarded by the lock, like all fields.
    /// </summary>
    private readonly List<(string Address, LinkedList<Waiter> Waiters)> _addresses = [];

    private int _waiting;

    private bool _isBusy;

    /// <summary>
    /// Waits until the password of this login may be verified. The turn ends when the result is disposed of. Returns
    /// null if too many logins are waiting.
    /// </summary>
    public async Task<IDisposable?> EnterAsync(string address, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (!_isBusy)
            {
                _isBusy = true;
                return new LoginTurn(this);
            }
            if (!TryMakeRoom(address))
                return null;
            waiter = new Waiter();
            WaitersOf(address).AddLast(waiter);
            _waiting++;
        }
        await using (cancellationToken.Register(() => Cancel(address, waiter, cancellationToken)))
            return await waiter.Task ? new LoginTurn(this) : null;
    }

    /// <summary>Number of waiting logins.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _waiting;
        }
    }

    private bool TryMakeRoom(string address)
    {
        var own = _addresses.Find(one => one.Address == address).Waiters?.Count ?? 0;
        if (own >= MaxWaitingOfAddress)
            return false;
        if (_waiting < MaxWaiting)
            return true;
        var (largest, waiters) = _addresses.MaxBy(one => one.Waiters.Count);
        // With one more login, this address would have at least as many waiting logins as the other address.
        if (waiters.Count <= own + 1)
            return false;
        var rejected = waiters.Last!.Value;
        Remove(largest, rejected);
        rejected.SetResult(false);
        return true;
    }

    private LinkedList<Waiter> WaitersOf(string address)
    {
        if (_addresses.Find(one => one.Address == address).Waiters is { } waiters)
            return waiters;
        waiters = [];
        _addresses.Add((address, waiters));
        return waiters;
    }

    private bool Remove(string address, Waiter waiter)
    {
        var index = _addresses.FindIndex(one => one.Address == address);
        if (index < 0 || !_addresses[index].Waiters.Remove(waiter))
            return false;
        if (_addresses[index].Waiters.Count == 0)
            _addresses.RemoveAt(index);
        _waiting--;
        return true;
    }

    private void Cancel(string address, Waiter waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
            if (Remove(address, waiter))
                waiter.SetCanceled(cancellationToken);
    }

    /// <summary>Ends a turn: the first login of the next address is verified.</summary>
    private void EndTurn()
    {
        lock (_lock)
        {
            if (_addresses.Count == 0)
            {
                _isBusy = false;
                return;
            }
            var (address, waiters) = _addresses[0];
            var next = waiters.First!.Value;
            _addresses.RemoveAt(0);
            waiters.RemoveFirst();
            _waiting--;
            if (waiters.Count > 0)
                _addresses.Add((address, waiters));
            next.SetResult(true);
        }
    }

    /// <summary>
    /// A waiting login. The task returns whether its password may be verified. Continuations run asynchronously, and
    /// therefore not under the lock.
    /// </summary>
    private sealed class Waiter() : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class LoginTurn(LoginQueue queue) : IDisposable
    {
        private LoginQueue? _queue = queue;

        public void Dispose() => Interlocked.Exchange(ref _queue, null)?.EndTurn();
    }
}
