using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Retention;
using Xunit;

namespace Headrace.Tests.Core.Retention;

public sealed class RetentionRuleTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly Instant Now = new(1_800_000_000_000_000);
    private static readonly RetentionLimit Week = new(TimeSpan.FromDays(7), 10 * History.RowBytes);

    [Fact]
    public void Jobs_that_have_reached_the_maximum_age_are_deleted_and_younger_ones_are_not()
    {
        EndedJob[] oldest = [Ended(TimeSpan.FromDays(8)), Ended(TimeSpan.FromDays(7)), Ended(TimeSpan.FromDays(6))];

        Assert.Equal(2, CountExpired(oldest, 3 * History.RowBytes, Week, Hour, Now));
    }

    [Fact]
    public void The_oldest_jobs_are_deleted_until_the_history_is_within_its_limit()
    {
        var oldest = Enumerable.Range(0, 12).Select(i => Ended(TimeSpan.FromHours(24 - i))).ToList();

        Assert.Equal(2, CountExpired(oldest, 12 * History.RowBytes, Week, Hour, Now));
    }

    [Fact]
    public void No_job_younger_than_the_minimum_is_deleted_however_large_the_history_is()
    {
        EndedJob[] oldest = [Ended(TimeSpan.FromHours(2)), Ended(Hour - TimeSpan.FromMicroseconds(1)), Ended(Hour)];

        Assert.Equal(1, CountExpired([.. oldest[..2]], long.MaxValue, Week, Hour, Now));
    }

    [Fact]
    public void A_maximum_age_below_the_minimum_counts_as_the_minimum() =>
        Assert.Equal(0, CountExpired([Ended(TimeSpan.FromMinutes(59))], 0, Week with { MaxAge = default }, Hour, Now));

    [Fact]
    public void A_job_that_ended_while_the_system_clock_was_ahead_does_not_keep_its_successors()
    {
        EndedJob[] oldest = [Ended(TimeSpan.FromDays(-300)), Ended(TimeSpan.FromDays(8))];

        Assert.Equal(2, CountExpired(oldest, 0, Week, Hour, Now));
    }

    [Fact]
    public void A_history_without_jobs_is_never_due_and_one_whose_oldest_job_is_unknown_is_due_at_once()
    {
        var history = new History();
        Assert.Null(RetentionRule.DueAt(history, Week, Hour));

        history.Add(1, 0, 0);
        Assert.Equal(default(Instant), RetentionRule.DueAt(history, Week, Hour));

        history.OldestNotBefore = Now;
        Assert.Equal(Now + Week.MaxAge, RetentionRule.DueAt(history, Week, Hour));

        history.Add(10, 0, 0);
        Assert.Equal(Now + Hour, RetentionRule.DueAt(history, Week, Hour));
    }

    [Fact]
    public void A_history_has_no_room_while_it_exceeds_its_limit_and_nothing_may_be_deleted()
    {
        var history = new History { OldestNotBefore = Now };
        history.Add(10, 0, 0);
        Assert.False(RetentionRule.HasNoRoom(history, Week, Hour, Now));

        history.Add(1, 0, 0);
        Assert.True(RetentionRule.HasNoRoom(history, Week, Hour, Now));
        Assert.False(RetentionRule.HasNoRoom(history, Week, Hour, Now + Hour));
    }

    [Fact]
    public void Jobs_that_all_seem_to_end_in_the_future_age_from_the_moment_at_which_this_was_noticed()
    {
        EndedJob[] oldest = [Ended(TimeSpan.FromDays(-300)), Ended(TimeSpan.FromDays(-300))];
        var history = new History();
        history.OnEndedInFuture(1, lastCompletionNumber: 5, Now);
        history.OnEndedInFuture(1, lastCompletionNumber: 9, Now + Hour);

        var ended = RetentionRule.EndTimes(oldest, history.EndedBefore);

        Assert.All(ended, end => Assert.Equal(Now, end));
        Assert.Equal(0, RetentionRule.CountExpired(oldest, ended, 0, Week, Hour, Now + TimeSpan.FromDays(6)));
        Assert.Equal(2, RetentionRule.CountExpired(oldest, ended, 0, Week, Hour, Now + TimeSpan.FromDays(7)));
    }

    private static int CountExpired(
        IReadOnlyList<EndedJob> oldest,
        long bytes,
        RetentionLimit limit,
        TimeSpan minimum,
        Instant now
    ) => RetentionRule.CountExpired(oldest, RetentionRule.EndTimes(oldest, null), bytes, limit, minimum, now);

    private static EndedJob Ended(TimeSpan ago) =>
        new(new JobId(1), 1, QueueName.Default, new MethodName("noop"), JobState.Succeeded)
        {
            Owner = "admin",
            Ended = new Instant(Now.Micros - (ago.Ticks / TimeSpan.TicksPerMicrosecond)),
        };
}
