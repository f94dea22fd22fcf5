using Headrace.Server.Pools.Local;
using Xunit;

namespace Headrace.Tests.Server.Pools.Local;

public sealed class BackOffTests
{
    [Fact]
    public void Delays_double_from_100_ms_to_30_s()
    {
        var rests = new List<double>();
        var restartBackoff = default(RestartBackoff);

        for (var i = 0; i < 12; i++)
        {
            restartBackoff = restartBackoff.After(TimeSpan.Zero);
            rests.Add(restartBackoff.Delay.TotalSeconds);
        }

        Assert.Equal([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 30], rests);
    }

    [Fact]
    public void A_run_of_five_seconds_resets_the_delay()
    {
        var worst = Enumerable
            .Range(0, 100)
            .Aggregate(default(RestartBackoff), (restartBackoff, _) => restartBackoff.After(TimeSpan.Zero));

        var after = worst.After(TimeSpan.FromSeconds(5));

        Assert.Equal(RestartBackoff.Min, after.Delay);
    }

    [Fact]
    public void A_worker_that_is_killed_every_second_is_restarted_with_the_minimum_delay()
    {
        var restartBackoff = default(RestartBackoff);

        for (var i = 0; i < 100; i++)
            restartBackoff = restartBackoff.After(TimeSpan.FromMilliseconds(600));

        Assert.Equal(RestartBackoff.Min, restartBackoff.Delay);
    }

    [Fact]
    public void A_worker_that_exits_within_its_first_half_second_is_restarted_with_increasing_delays()
    {
        var restartBackoff = default(RestartBackoff);

        for (var i = 0; i < 20; i++)
            restartBackoff = restartBackoff.After(TimeSpan.FromMilliseconds(400));

        Assert.Equal(RestartBackoff.Max, restartBackoff.Delay);
    }

    [Fact]
    public void Without_a_crash_there_is_no_delay() => Assert.Equal(TimeSpan.Zero, default(RestartBackoff).Delay);
}
