namespace Headrace.Worker.Warm;

/// <summary>
/// Stops offering a warm method whose process repeatedly cannot be started: a circuit breaker. Each failed start fails
/// the jobs in a batch, so without this rule, every job in the queue would fail because of a problem with the machine.
/// Crashes while jobs are running do not count here; the broker finds the job that caused the crash. Thread-safe.
/// </summary>
internal sealed class WarmHealth(TimeProvider time)
{
    /// <summary>The number of consecutive failed starts after which the method is withdrawn.</summary>
    public const int MaxFailedStarts = 5;

    /// <summary>
    /// How long the method is withdrawn the first time. The time doubles whenever the first start after this time fails
    /// again.
    /// </summary>
    private static readonly TimeSpan MinPause = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();

    // Guarded by _lock.
    private int _failedStarts;
    private TimeSpan _pause = MinPause;
    private DateTimeOffset _until;
    private string _reason = "";

    /// <summary>
    /// Returns a sentence that states why the method is withdrawn, and until when; null if it may be offered.
    /// </summary>
    public string? Withdrawn
    {
        get
        {
            lock (_lock)
                return time.GetUtcNow() >= _until
                    ? null
                    : $"{_failedStarts} starts in a row have failed. The next attempt is at {_until:HH:mm:ss} UTC. "
                        + $"The last failure: {_reason}";
        }
    }

    /// <summary>Records the outcome of a batch.</summary>
    /// <param name="failedStart">The reason why the process could not be started; null if it was started.</param>
    public void Record(string? failedStart)
    {
        lock (_lock)
        {
            if (failedStart is null)
            {
                (_failedStarts, _pause, _until) = (0, MinPause, default);
                return;
            }
            _reason = failedStart;
            if (++_failedStarts < MaxFailedStarts || time.GetUtcNow() < _until)
                return;
            _until = time.GetUtcNow() + _pause;
            _pause = _pause * 2 < MaxPause ? _pause * 2 : MaxPause;
        }
    }
}
