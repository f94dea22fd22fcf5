using Headrace.Apps.Benchop.Measuring;
using Xunit;

namespace Headrace.Benchop.Tests.Measuring;

public sealed class CallTimerTests
{
    [Fact]
    public void Ten_times_the_work_takes_ten_times_as_long()
    {
        var timer = new CallTimer(TimeProvider.System, new MeasureOptions { MaxSeconds = 1 });
        double sink = 0;

        var one = timer.Run(() => sink += Burn(2_000), null, TestContext.Current.CancellationToken);
        var ten = timer.Run(() => sink += Burn(20_000), null, TestContext.Current.CancellationToken);

        Assert.True(double.IsFinite(sink));
        // The allowed range is wide because a loaded machine delays tiered compilation and disturbs the caches.
        Assert.InRange(ten.CpuMicroseconds / one.CpuMicroseconds, 3, 30);
        Assert.True(one.Batches >= 3 && one.Calls >= one.Batches);
        Assert.InRange(one.HalfWidth, 0, 1);
    }

    [Fact]
    public void A_slow_call_is_repeated_only_until_its_time_is_up()
    {
        var timer = new CallTimer(TimeProvider.System, new MeasureOptions { MaxSeconds = 0.05, HalfWidth = 1e-9 });
        double sink = 0;

        var timing = timer.Run(() => sink += Burn(3_000_000), null, TestContext.Current.CancellationToken);

        Assert.True(double.IsFinite(sink));
        Assert.InRange(timing.Batches, 3, 60);
        Assert.False(timing.Steady);
    }

    [Fact]
    public void A_very_slow_call_is_not_warmed_up_and_made_only_until_two_calls_agree()
    {
        var timer = new CallTimer(TimeProvider.System, new MeasureOptions { MaxSeconds = 0.1, HalfWidth = 0.9 });
        var calls = 0;
        void Call()
        {
            calls++;
            BurnFor(0.11);
        }

        var timing = timer.Run(
            Call,
            CallTimer.RunOnce(TimeProvider.System, Call),
            TestContext.Current.CancellationToken
        );

        // In addition to the call made beforehand, the timer may run calls for at most four times 0.1 s.
        Assert.InRange(calls, 2, 5);
        Assert.InRange(timing.Batches, 1, calls);
        Assert.Equal(timing.Batches, timing.Calls);
        Assert.InRange(timing.CpuMicroseconds, 1.1e5, 1e7);
    }

    [Fact]
    public void A_slow_call_that_becomes_faster_is_timed_by_its_faster_calls()
    {
        var timer = new CallTimer(TimeProvider.System, new MeasureOptions { MaxSeconds = 10, HalfWidth = 0.9 });
        var seconds = 0.6;
        void Call() => BurnFor(seconds);
        var first = CallTimer.RunOnce(TimeProvider.System, Call);
        seconds = 0.12;

        var timing = timer.Run(Call, first, TestContext.Current.CancellationToken);

        Assert.InRange(timing.CpuMicroseconds, 1.2e5, 0.5 * first.CpuMicroseconds);
    }

    [Fact]
    public void The_thread_s_clock_moves_with_its_work()
    {
        var before = ThreadCpuClock.Seconds();
        var sink = Burn(5_000_000);

        Assert.True(double.IsFinite(sink));
        Assert.InRange(ThreadCpuClock.Seconds() - before, 1e-4, 60);
    }

    [Fact]
    public void The_interval_is_Student_s()
    {
        var mean = new RunningMean();
        foreach (var sample in new[] { 9.0, 10, 11, 10 })
            mean.Add(sample);

        // The standard deviation is sqrt(2/3), and t(3; 97.5 %) = 3.182446.
        Assert.Equal(10, mean.Mean, 1e-12);
        Assert.Equal(3.182446 * Math.Sqrt(2.0 / 3 / 4) / 10, mean.HalfWidth, 1e-6);
    }

    [Fact]
    public void All_faults_of_the_options_are_reported()
    {
        Assert.Empty(new MeasureOptions().Validate());
        Assert.Equal(
            3,
            new MeasureOptions
            {
                Target = double.NaN,
                HalfWidth = 0,
                MaxSeconds = -1,
            }
                .Validate()
                .Count
        );
    }

    /// <summary>Uses this much CPU time, no matter how heavily loaded the machine is.</summary>
    private static void BurnFor(double seconds)
    {
        var started = ThreadCpuClock.Seconds();
        double sink = 0;
        while (ThreadCpuClock.Seconds() - started < seconds)
            sink += Burn(1_000);

        Assert.True(double.IsFinite(sink));
    }

    private static double Burn(int steps)
    {
        var x = 0.5;
        for (var i = 0; i < steps; i++)
            x = 3.7 * x * (1 - x);

        return x;
    }
}
