using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class RetryPolicyTests
{
    private static readonly RetryPolicy Steady = RetryPolicy.Default with { Jitter = 0 };

    private static LeaseToken Lease(int attempt) => new(new JobId(42), attempt);

    [Fact]
    public void The_default_delays_double_from_one_second_to_ten_minutes_R21() =>
        Assert.Equal(
            [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600],
            Enumerable.Range(1, 12).Select(failures => Steady.DelayAfter(failures, Lease(failures)).TotalSeconds)
        );

    [Fact]
    public void Jitter_shortens_a_delay_by_at_most_its_part_and_is_the_same_in_every_replay_R21()
    {
        var delays = Enumerable
            .Range(1, 1_000)
            .Select(job => RetryPolicy.Default.DelayAfter(1, new LeaseToken(new JobId(job), 1)).TotalSeconds)
            .ToList();

        Assert.All(delays, delay => Assert.InRange(delay, 0.75, 1));
        Assert.True(delays.Max() - delays.Min() > 0.2, "The delays of different jobs hardly differ.");
        Assert.Equal(
            RetryPolicy.Default.DelayAfter(3, Lease(3)),
            (RetryPolicy.Default with { }).DelayAfter(3, Lease(3))
        );
    }

    [Fact]
    public void A_factor_of_one_keeps_the_delay_constant_R21()
    {
        var policy = Steady with { Delay = TimeSpan.FromMilliseconds(250), Factor = 1 };

        Assert.All(
            new[] { 1, 2, 900 },
            failures => Assert.Equal(TimeSpan.FromMilliseconds(250), policy.DelayAfter(failures, Lease(failures)))
        );
    }

    [Fact]
    public void A_delay_never_exceeds_the_longest_delay_R21()
    {
        var policy = Steady with { Delay = TimeSpan.FromSeconds(3), Factor = 100, MaxDelay = TimeSpan.FromSeconds(5) };

        Assert.Equal([3, 5, 5], new[] { 1, 2, 1_000 }.Select(n => policy.DelayAfter(n, Lease(n)).TotalSeconds));
    }

    [Fact]
    public void A_policy_allows_as_many_retries_as_it_states() =>
        Assert.Equal([true, true, false], new[] { 0, 1, 2 }.Select((Steady with { Max = 2 }).MayRetry));

    [Fact]
    public void The_submission_precedes_the_method_and_the_method_the_defaults()
    {
        var ofMethod = new RetryOptions { Max = 9, Delay = TimeSpan.FromSeconds(20) };

        var policy = RetryPolicy.Of(new RetryOptions { Max = 0, Jitter = 0.5 }.Or(ofMethod));

        Assert.Equal(new RetryPolicy(0, TimeSpan.FromSeconds(20), 2, TimeSpan.FromMinutes(10), 0.5), policy);
    }

    [Fact]
    public void A_delay_that_is_longer_than_the_default_of_the_longest_delay_is_kept() =>
        Assert.Equal(
            TimeSpan.FromHours(1),
            RetryPolicy.Of(new RetryOptions { Delay = TimeSpan.FromHours(1) }).MaxDelay
        );

    [Fact]
    public void Jobs_with_the_default_policy_share_one_object() =>
        Assert.Same(RetryPolicy.Default, RetryPolicy.Of(new RetryOptions { Max = 3, Factor = 2 }));
}
