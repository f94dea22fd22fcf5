using Headrace.Bridges.Redis;
using Xunit;

namespace Headrace.Tests.Bridges;

public sealed class PollDelayTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(100, 1)]
    [InlineData(1_000, 10)]
    [InlineData(5_000, 50)]
    [InlineData(3_600_000, 50)]
    public void A_bridge_asks_again_after_one_percent_of_the_idle_time_within_1_and_50_ms(int idleMs, int delayMs) =>
        Assert.Equal(TimeSpan.FromMilliseconds(delayMs), PollDelay.After(TimeSpan.FromMilliseconds(idleMs)));
}
