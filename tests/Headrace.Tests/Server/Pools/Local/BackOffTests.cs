using Headrace.Server.Pools.Local;
using Xunit;

namespace Headrace.Tests.Server.Pools.Local;

public sealed class BackOffTests
{
    [Fact]
    public void Rests_double_from_a_tenth_of_a_second_to_half_a_minute()
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
    public void Five_seconds_of_health_forgives_everything()
    {
        var worst = Enumerable
            .Range(0, 100)
            .Aggregate(default(RestartBackoff), (restartBackoff, _) => restartBackoff.After(TimeSpan.Zero));

        var after = worst.After(TimeSpan.FromSeconds(5));

        Assert.Equal(RestartBackoff.Min, after.Delay);
    }

    [Fact]
    public void A_worker_that_is_killed_every_second_is_always_back_at_once()
    {
        var restartBackoff = default(RestartBackoff);

        for (var i = 0; i < 100; i++)
            restartBackoff = restartBackoff.After(TimeSpan.FromMilliseconds(600));

        Assert.Equal(RestartBackoff.Min, restartBackoff.Delay);
    }

    [Fact]
    public void One_that_dies_within_its_first_half_second_is_tried_ever_more_rarely()
    {
        var restartBackoff = default(RestartBackoff);

        for (var i = 0; i < 20; i++)
            restartBackoff = restartBackoff.After(TimeSpan.FromMilliseconds(400));

        Assert.Equal(RestartBackoff.Max, restartBackoff.Delay);
    }

    [Fact]
    public void Without_a_crash_there_is_no_rest() => Assert.Equal(TimeSpan.Zero, default(RestartBackoff).Delay);
}
