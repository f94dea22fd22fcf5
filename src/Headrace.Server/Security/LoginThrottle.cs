namespace Headrace.Server.Security;

/// <summary>
/// Delays logins after failures, for the user name and for the address of the caller. The first failures cause no
/// delay, because people mistype passwords. After that, the delay doubles with each failure.
/// </summary>
internal sealed class LoginThrottle(TimeProvider time)
{
    /// <summary>Number of failures for a user name that cause no delay.</summary>
    private const int FreeUserFailures = 3;

    /// <summary>
    /// Number of failures from an address that cause no delay. The limit is higher than for a user name because a whole
    /// office, or everyone behind a proxy, may share one address.
    /// </summary>
    private const int FreeAddressFailures = 20;

    /// <summary>
    /// Maximum delay. It limits guesses to 1,440 per day, and a user whose name is under attack never waits longer than
    /// this.
    /// </summary>
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMinutes(1);

    /// <summary>Time without another failure after which the failures of a name or address are forgotten.</summary>
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Maximum number of names and addresses to remember, about 200 bytes each. When the limit is reached, the entry
    /// with the oldest last failure is forgotten.
    /// </summary>
    public const int MaxEntries = 10_000;

    private readonly Lock _lock = new();

    /// <summary>Guarded by the lock.</summary>
    private readonly Dictionary<string, (int Failures, long LastFailure)> _entries = new(StringComparer.Ordinal);

    /// <summary>Number of names and addresses that are currently remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <summary>Returns how long the next attempt must wait; null if it may begin immediately.</summary>
    public TimeSpan? DelayOf(string user, string address)
    {
        lock (_lock)
        {
            var longest = TimeSpan.Zero;
            foreach (var (key, free) in Keys(user, address))
                if (_entries.TryGetValue(key, out var entry))
                {
                    var left = DelayAfter(entry.Failures - free) - time.GetElapsedTime(entry.LastFailure);
                    longest = left > longest ? left : longest;
                }
            return longest > TimeSpan.Zero ? longest : null;
        }
    }

    /// <summary>
    /// Begins an attempt if no delay applies. The attempt counts as a failure from the beginning, so that parallel
    /// attempts are delayed in the same way as sequential ones, and an attempt counts even if the caller does not wait
    /// for the reply.
    /// </summary>
    public bool TryBegin(string user, string address, out LoginAttempt attempt, out TimeSpan delay)
    {
        lock (_lock)
        {
            attempt = default;
            if (DelayOf(user, address) is { } left)
            {
                delay = left;
                return false;
            }
            delay = TimeSpan.Zero;
            var before = _entries.GetValueOrDefault(AddressKey(address)).LastFailure;
            Add(AddressKey(address));
            attempt = new LoginAttempt(user, address, Add(UserKey(user)), time.GetTimestamp(), before);
            return true;
        }
    }

    /// <summary>
    /// Withdraws an attempt that succeeded, and removes the failures of its user. The earlier failures of the address
    /// remain, because an attacker who guesses the passwords of other users may have an account as well.
    /// </summary>
    public void Withdraw(LoginAttempt attempt)
    {
        lock (_lock)
        {
            _entries.Remove(UserKey(attempt.User));
            var address = AddressKey(attempt.Address);
            if (!_entries.TryGetValue(address, out var entry))
                return;
            if (entry.Failures <= 1)
                _entries.Remove(address);
            else
                // If another attempt has failed since then, the delay is measured from that attempt.
                _entries[address] = (
                    entry.Failures - 1,
                    entry.LastFailure == attempt.At ? attempt.LastFailureBefore : entry.LastFailure
                );
        }
    }

    /// <summary>Counts a failure, and returns the number of failures. The caller holds the lock.</summary>
    private int Add(string key)
    {
        var now = time.GetTimestamp();
        if (_entries.TryGetValue(key, out var entry) && time.GetElapsedTime(entry.LastFailure) >= ForgetAfter)
            entry = default;
        if (entry == default && _entries.Count >= MaxEntries)
            _entries.Remove(_entries.MinBy(other => other.Value.LastFailure).Key);
        _entries[key] = (entry.Failures + 1, now);
        return entry.Failures + 1;
    }

    private static TimeSpan DelayAfter(int doublings)
    {
        if (doublings < 0)
            return TimeSpan.Zero;
        var delay = TimeSpan.FromSeconds(1L << Math.Min(doublings, 10));
        return delay < MaxDelay ? delay : MaxDelay;
    }

    private static (string Key, int Free)[] Keys(string user, string address) =>
        [(UserKey(user), FreeUserFailures), (AddressKey(address), FreeAddressFailures)];

    private static string UserKey(string user) => $"user {user}";

    private static string AddressKey(string address) => $"address {address}";
}
