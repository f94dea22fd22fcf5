using Headrace.Mpi.Native;

namespace Headrace.Worker.Mpi.Farm;

/// <summary>
/// Lets a rank's MPI thread wait for messages from other ranks, which it must poll for, and for wake-ups from other
/// threads of its process.
/// </summary>
internal sealed class RankWait : IDisposable
{
    /// <summary>The maximum interval between two signals indicating that the thread is alive.</summary>
    private static readonly TimeSpan MaxIdle = TimeSpan.FromMilliseconds(250);

    private readonly AutoResetEvent _signal = new(false);
    private PollingBackOff _backOff;

    /// <summary>Wakes the MPI thread. Any thread may call this.</summary>
    public void Wake() => _signal.Set();

    /// <summary>Called after an iteration in which at least one event occurred.</summary>
    public void Reset() => _backOff.Reset();

    /// <summary>Waits after an iteration in which no event occurred.</summary>
    /// <param name="expectsMessages">False if only other threads of this process can cause the next event.</param>
    public void Wait(bool expectsMessages)
    {
        if (!expectsMessages)
            _signal.WaitOne(MaxIdle);
        else if (_backOff.NextSleep() is { } sleep)
            _signal.WaitOne(sleep);
        else
            Thread.Yield();
    }

    public void Dispose() => _signal.Dispose();
}
