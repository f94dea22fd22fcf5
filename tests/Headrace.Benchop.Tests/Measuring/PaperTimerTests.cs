using Headrace.Apps.Benchop.Measuring;
using Xunit;

namespace Headrace.Benchop.Tests.Measuring;

public sealed class PaperTimerTests
{
    [Fact]
    public void Four_calls_are_made_of_which_three_count()
    {
        var calls = 0;

        var timing = new PaperTimer(TimeProvider.System, new MeasureOptions()).Run(
            () => calls++,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(4, calls);
        Assert.Equal((3, 3L, TimingProtocol.Paper), (timing.Batches, timing.Calls, timing.Protocol));
        Assert.True(timing.WallMicroseconds > 0);
    }

    [Fact]
    public void The_first_call_is_dropped_from_the_mean()
    {
        // Only the first call does any work. A mean that included it would be at least a quarter of that call's time.
        var first = true;
        double sink = 0;
        double firstSeconds = 0;

        var timing = new PaperTimer(TimeProvider.System, new MeasureOptions()).Run(
            () =>
            {
                if (!first)
                    return;
                first = false;
                var began = ThreadCpuClock.Seconds();
                for (var i = 1; i < 20_000_000; i++)
                    sink += 1.0 / i;
                firstSeconds = ThreadCpuClock.Seconds() - began;
            },
            TestContext.Current.CancellationToken
        );

        Assert.True(sink > 0);
        Assert.True(
            1e-6 * timing.CpuMicroseconds < firstSeconds / 8,
            $"{timing.CpuMicroseconds} us, although only the first call took {firstSeconds} s"
        );
    }
}
