using Headrace.Worker.Warm;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Worker.Warm;

public sealed class WarmHealthTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly WarmHealth _health;

    public WarmHealthTests() => _health = new WarmHealth(_clock);

    [Fact]
    public void Five_failed_starts_in_a_row_withdraw_the_method_for_half_a_minute()
    {
        Fail(4);
        Assert.Null(_health.Withdrawn);

        Fail(1);

        Assert.Equal(
            "5 starts in a row have failed. The next attempt is at 12:00:30 UTC. The last failure: no such file",
            _health.Withdrawn
        );
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(_health.Withdrawn);
    }

    [Fact]
    public void If_the_next_start_fails_as_well_the_pause_doubles_up_to_ten_minutes()
    {
        Fail(5);
        for (var pause = 30; pause < 600; pause = Math.Min(2 * pause, 600))
        {
            _clock.Advance(TimeSpan.FromSeconds(pause - 1));
            Assert.NotNull(_health.Withdrawn);
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Null(_health.Withdrawn);
            Fail(1);
            Assert.NotNull(_health.Withdrawn);
        }
    }

    [Fact]
    public void A_start_that_succeeds_ends_the_row()
    {
        Fail(4);
        _health.Record(null);
        Fail(4);

        Assert.Null(_health.Withdrawn);
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
            _health.Record("no such file");
    }
}
