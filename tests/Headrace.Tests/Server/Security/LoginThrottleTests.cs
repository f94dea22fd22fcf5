using Headrace.Server.Security;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Server.Security;

public sealed class LoginThrottleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LoginThrottle _throttle;

    public LoginThrottleTests() => _throttle = new LoginThrottle(_time);

    [Fact]
    public void The_first_failures_are_free_and_then_the_delay_doubles_up_to_a_minute()
    {
        var delays = new List<double?>();
        for (var i = 0; i < 11; i++)
        {
            _throttle.OnFailure("ada", $"10.0.0.{i}");
            delays.Add(_throttle.DelayOf("ada", "10.0.1.1")?.TotalSeconds);
        }

        Assert.Equal([null, null, 1, 2, 4, 8, 16, 32, 60, 60, 60], delays);
    }

    [Fact]
    public void A_delay_passes_with_time_and_does_not_affect_other_users()
    {
        for (var i = 0; i < 5; i++)
            _throttle.OnFailure("ada", $"10.0.0.{i}");

        Assert.Null(_throttle.DelayOf("bob", "10.0.0.1"));
        Assert.NotNull(_throttle.DelayOf("ada", "10.0.0.9"));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Null(_throttle.DelayOf("ada", "10.0.0.9"));
    }

    [Fact]
    public void An_address_that_fails_for_many_users_is_delayed_for_all_of_them()
    {
        for (var i = 0; i < 25; i++)
            _throttle.OnFailure($"user{i}", "10.0.0.1");

        Assert.NotNull(_throttle.DelayOf("ada", "10.0.0.1"));
        Assert.Null(_throttle.DelayOf("ada", "10.0.0.2"));
    }

    [Fact]
    public void A_success_forgets_the_failures_of_the_user_and_a_quiet_quarter_of_an_hour_all()
    {
        for (var i = 0; i < 5; i++)
            _throttle.OnFailure("ada", $"10.0.0.{i}");
        _throttle.OnSuccess("ada");
        Assert.Equal(1, _throttle.OnFailure("ada", "10.0.0.9"));

        _time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(1, _throttle.OnFailure("ada", "10.0.0.9"));
    }

    [Fact]
    public void More_names_than_the_limit_do_not_take_more_memory_and_forget_the_earliest()
    {
        for (var i = 0; i < 5; i++)
            _throttle.OnFailure("ada", "10.0.0.1");
        for (var i = 0; i < LoginThrottle.MaxEntries; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            _throttle.OnFailure($"user{i}", "10.0.0.2");
        }

        Assert.InRange(_throttle.Count, 1, LoginThrottle.MaxEntries);
        Assert.Equal(1, _throttle.OnFailure("ada", "10.0.0.3"));
    }
}
