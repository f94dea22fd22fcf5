namespace Headrace.Mpi.Native;

/// <summary>
/// Decides how long to wait between two polls, because MPI has no descriptor to wait on, and its own waiting calls use
/// a whole core. The thread only yields its core during the first <see cref="Active"/>, when the reply of another rank
/// usually arrives. It then sleeps for a time that doubles up to <see cref="MaxSleep"/>.
/// </summary>
internal struct PollingBackOff
{
    /// <summary>How long to poll without sleeping: about ten round trips between two ranks on busy cores.</summary>
    private static readonly TimeSpan Active = TimeSpan.FromMicroseconds(200);

    /// <summary>
    /// Maximum sleep between two polls. With 500 polls a second, a waiting rank uses about 1 % of a core.
    /// </summary>
    private static readonly TimeSpan MaxSleep = TimeSpan.FromMilliseconds(2);

    private static readonly TimeSpan FirstSleep = TimeSpan.FromMilliseconds(1);

    private long _since;
    private TimeSpan _sleep;

    /// <summary>Waits after a poll that found nothing.</summary>
    public void Wait()
    {
        if (NextSleep() is not { } sleep)
            Thread.Yield();
        else
#pragma warning disable RS0030 // There is no signal to wait on.
            Thread.Sleep(sleep);
#pragma warning restore RS0030
    }

    /// <summary>Returns how long to wait after a poll that found nothing; null to poll again at once.</summary>
    public TimeSpan? NextSleep()
    {
        if (_sleep > TimeSpan.Zero)
            return _sleep = MaxSleep;
        var now = TimeProvider.System.GetTimestamp();
        if (_since == 0)
            _since = now;
        if (TimeProvider.System.GetElapsedTime(_since, now) < Active)
            return null;
        return _sleep = FirstSleep;
    }

    /// <summary>Restarts the back-off after a poll that found something.</summary>
    public void Reset() => (_since, _sleep) = (0, TimeSpan.Zero);
}
