using Headrace.Core;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class ShardClockTests
{
    private static readonly Instant Today = new(1_800_000_000_000_000);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private readonly ShardClock _clock = new(TimeSpan.FromSeconds(5));
    private Elapsed _monotonic = new(7_000_000);

    [Fact]
    public void A_forward_step_is_followed_immediately_R20()
    {
        Load(Today);

        Advance(Today + TimeSpan.FromHours(8));

        Assert.Equal(Today + TimeSpan.FromHours(8), _clock.Now);
        Assert.False(_clock.IsJumpUnconfirmed);
    }

    [Fact]
    public void A_wall_clock_set_back_is_caught_up_with_at_half_speed_R20()
    {
        Load(Today);

        Advance(Today + TimeSpan.FromHours(-1));
        Advance(Today + TimeSpan.FromHours(-1));

        Assert.Equal(Today + TimeSpan.FromMilliseconds(500), _clock.Now);
    }

    [Fact]
    public void Deadlines_do_not_follow_a_step_of_more_than_a_day_at_first_but_timestamps_do_R20()
    {
        Load(Today);

        Advance(Today + TimeSpan.FromDays(1_200));

        Assert.True(_clock.IsJumpUnconfirmed);
        Assert.Equal(Today + TimeSpan.FromDays(1_200), _clock.Now);
        Assert.Equal(Today + Interval, _clock.Confirmed);
    }

    [Fact]
    public void If_the_wall_clock_returns_so_does_the_shard_clock_R20()
    {
        Load(Today);
        Advance(Today + TimeSpan.FromDays(1_200));

        Advance(Today + TimeSpan.FromSeconds(1));

        Assert.False(_clock.IsJumpUnconfirmed);
        Assert.Equal(Today + TimeSpan.FromSeconds(1), _clock.Now);
        Assert.Equal(_clock.Now, _clock.Confirmed);
    }

    [Fact]
    public void After_fifteen_minutes_a_large_step_is_confirmed_R20()
    {
        Load(Today);
        var later = Today + TimeSpan.FromDays(1_200);
        for (var i = 0; i <= 1_800; i++)
            Advance(later += Interval);

        Assert.False(_clock.IsJumpUnconfirmed);
        Assert.Equal(later, _clock.Now);
        Assert.Equal(later, _clock.Confirmed);
    }

    [Fact]
    public void A_start_in_the_year_2030_delays_deadlines_given_the_last_commit_R20()
    {
        _clock.StartAt(Today);

        Load(Today + TimeSpan.FromDays(1_200));

        Assert.Equal(TimeSpan.FromDays(1_200), _clock.UnconfirmedStep!.Value.Ahead);
        Assert.Equal(ShardClock.JumpConfirmationTime, _clock.UnconfirmedStep!.Value.Remaining);
        Assert.Equal(Today, _clock.Confirmed);
        Assert.Equal(Today + TimeSpan.FromDays(1_200), _clock.Now);
    }

    [Fact]
    public void A_laptop_that_sleeps_for_eight_hours_loses_no_lease_R20()
    {
        Load(Today);
        var before = _clock.Elapsed;
        _monotonic += TimeSpan.FromHours(8);

        var extended = _clock.Advance(Today + TimeSpan.FromHours(8), _monotonic);

        Assert.Equal(TimeSpan.FromHours(8) - TimeSpan.FromSeconds(5), extended);
        Assert.Equal(TimeSpan.FromSeconds(5), _clock.Elapsed - before);
    }

    [Fact]
    public void A_message_that_arrived_before_a_stall_counts_as_arrived_in_the_last_turn_R8_R20()
    {
        Load(Today);
        Advance(Today);
        var (arrived, before) = (_monotonic, _clock.Elapsed);
        _monotonic += TimeSpan.FromHours(8);
        _clock.Advance(Today + TimeSpan.FromHours(8), _monotonic);

        Assert.Equal(before, _clock.ArrivalOf(arrived));
        Assert.Equal(_clock.Elapsed, _clock.ArrivalOf(_monotonic));
    }

    [Fact]
    public void A_command_that_waited_for_many_turns_and_stalls_keeps_the_time_of_its_arrival_R20()
    {
        Load(Today);
        Advance(Today);
        var (arrived, at) = (_monotonic, _clock.Elapsed);
        for (var i = 0; i < 3; i++)
        {
            Advance(Today);
            _monotonic += TimeSpan.FromHours(1);
            _clock.Advance(Today, _monotonic);
        }

        Assert.Equal(at, _clock.ArrivalOf(arrived));
        Assert.Equal(at + Interval, _clock.ArrivalOf(arrived + Interval));
        Assert.Equal(default, _clock.ArrivalOf(default));
    }

    [Fact]
    public void More_stalls_than_are_kept_never_move_an_arrival_later_R8()
    {
        Load(Today);
        Advance(Today);
        var (arrived, at) = (_monotonic, _clock.Elapsed);
        for (var i = 0; i < 200; i++)
        {
            _monotonic += TimeSpan.FromMinutes(1);
            _clock.Advance(Today, _monotonic);
        }

        Assert.InRange(_clock.ArrivalOf(arrived).Micros, 0, at.Micros);
    }

    private void Load(Instant wall) => _clock.OnLoaded(wall, _monotonic);

    private void Advance(Instant wall)
    {
        _monotonic += Interval;
        _clock.Advance(wall, _monotonic);
    }
}
