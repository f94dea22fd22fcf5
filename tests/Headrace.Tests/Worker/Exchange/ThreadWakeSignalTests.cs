using Headrace.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>Tests the waits of the loop's thread, in real time.</summary>
public sealed class ThreadWakeSignalTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly ThreadWakeSignal _signal = new(new BootClock());

    [Fact]
    public void A_wake_up_before_the_wait_ends_the_wait_immediately()
    {
        _signal.Wake();

        WaitOnThread(Hour)();
    }

    [Fact]
    public void A_wake_up_from_another_thread_ends_a_wait_without_a_timeout()
    {
        var joined = WaitOnThread(timeout: null);
        _signal.Wake();

        joined();
    }

    [Fact]
    public void A_wait_ends_after_its_timeout() => WaitOnThread(TimeSpan.FromMilliseconds(1))();

    [Fact]
    public void A_deferred_wake_up_ends_a_longer_wait_that_has_already_begun()
    {
        var joined = WaitOnThread(Hour);
        _signal.WakeWithin(TimeSpan.FromMilliseconds(1));

        joined();
    }

    [Fact]
    public void A_deferred_wake_up_ends_the_next_wait_and_no_other()
    {
        _signal.WakeWithin(TimeSpan.FromMilliseconds(1));
        WaitOnThread(Hour)();

        var joined = WaitOnThread(timeout: null);
        _signal.Wake();
        joined();
    }

    /// <summary>Waits on a separate thread. The returned action fails if the wait does not end.</summary>
    private Action WaitOnThread(TimeSpan? timeout)
    {
        var thread = new Thread(() => _signal.Wait(timeout)) { IsBackground = true };
        thread.Start();
        return () => Assert.True(thread.Join(TimeSpan.FromSeconds(30)), "The wait did not end in time.");
    }
}
