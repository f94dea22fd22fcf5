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
            Fail("ada", $"10.0.0.{i}");
            var delay = _throttle.DelayOf("ada", "10.0.1.1");
            delays.Add(delay?.TotalSeconds);
            _time.Advance(delay ?? TimeSpan.Zero);
        }

        Assert.Equal([null, null, 1, 2, 4, 8, 16, 32, 60, 60, 60], delays);
    }

    [Fact]
    public void Attempts_in_parallel_are_delayed_like_attempts_one_after_another()
    {
        var begun = 0;
        Parallel.For(
            0,
            300,
            i =>
            {
                if (_throttle.TryBegin("ada", $"10.0.0.{i}", out _, out _))
                    Interlocked.Increment(ref begun);
            }
        );

        Assert.Equal(3, begun);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_throttle.TryBegin("ada", "10.0.1.1", out var attempt, out _));
        Assert.Equal(4, attempt.Failures);
        Assert.False(_throttle.TryBegin("ada", "10.0.1.2", out _, out var delay));
        Assert.Equal(TimeSpan.FromSeconds(2), delay);
    }

    [Fact]
    public void Attempts_in_parallel_from_an_address_are_delayed_for_all_users()
    {
        var begun = Enumerable.Range(0, 300).Count(i => _throttle.TryBegin($"user{i}", "10.0.0.1", out _, out _));

        Assert.Equal(20, begun);
        Assert.Null(_throttle.DelayOf("ada", "10.0.0.2"));
    }

    [Fact]
    public void A_delay_passes_with_time_and_does_not_affect_other_users()
    {
        FailOften("ada");

        Assert.Null(_throttle.DelayOf("bob", "10.0.0.1"));
        Assert.NotNull(_throttle.DelayOf("ada", "10.0.0.9"));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Null(_throttle.DelayOf("ada", "10.0.0.9"));
    }

    [Fact]
    public void A_success_forgets_the_failures_of_the_user_and_a_quiet_quarter_of_an_hour_all()
    {
        FailOften("ada");
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.True(_throttle.TryBegin("ada", "10.0.0.9", out var success, out _));
        _throttle.Withdraw(success);
        Assert.Equal(1, Fail("ada", "10.0.0.9").Failures);

        _time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(1, Fail("ada", "10.0.0.9").Failures);
    }

    [Fact]
    public void A_success_adds_no_failure_to_its_address_and_does_not_prolong_its_delay()
    {
        for (var i = 0; i < 20; i++)
            Fail($"user{i}", "10.0.0.1");
        Assert.Equal(TimeSpan.FromSeconds(1), _throttle.DelayOf("ada", "10.0.0.1"));
        _time.Advance(TimeSpan.FromSeconds(1));

        for (var i = 0; i < 5; i++)
            _throttle.Withdraw(Fail("ada", "10.0.0.1"));

        Assert.Null(_throttle.DelayOf("ada", "10.0.0.1"));
        Fail("bob", "10.0.0.1");
        Assert.Equal(TimeSpan.FromSeconds(2), _throttle.DelayOf("ada", "10.0.0.1"));
    }

    [Fact]
    public void More_names_than_the_limit_do_not_take_more_memory_and_forget_the_earliest()
    {
        FailOften("ada");
        for (var i = 0; i < LoginThrottle.MaxEntries; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Fail($"user{i}", $"10.0.{i / 19}.2");
        }

        Assert.InRange(_throttle.Count, 1, LoginThrottle.MaxEntries);
        Assert.Equal(1, Fail("ada", "10.0.0.3").Failures);
    }

    /// <summary>Begins an attempt and does not withdraw it.</summary>
    private LoginAttempt Fail(string user, string address)
    {
        Assert.True(_throttle.TryBegin(user, address, out var attempt, out var delay), $"delayed by {delay}");
        return attempt;
    }

    /// <summary>Fails five times, after which the next attempt has to wait for 4 s.</summary>
    private void FailOften(string user)
    {
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(_throttle.DelayOf(user, $"10.0.0.{i}") ?? TimeSpan.Zero);
            Fail(user, $"10.0.0.{i}");
        }
    }
}
