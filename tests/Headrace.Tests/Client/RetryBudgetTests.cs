using Headrace.Client;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Client;

public sealed class RetryBudgetTests
{
    private static readonly ServerUnreachableException Broke = new("s", "broke", mayHaveArrived: true);
    private static readonly ServerUnreachableException Absent = new("s", "absent", mayHaveArrived: false);

    [Fact]
    public void Delays_double_up_to_the_maximum_and_jitter_keeps_at_least_half()
    {
        var retryBudget = new RetryBudget(
            new HeadraceClientOptions
            {
                InitialBackoff = TimeSpan.FromSeconds(1),
                MaxBackoff = TimeSpan.FromSeconds(4),
            },
            () => true
        );

        foreach (var most in new[] { 1, 2, 4, 4 })
        {
            var pause = retryBudget.NextDelay(Broke)!.Value.TotalSeconds;
            Assert.InRange(pause, most / 2.0, most);
        }
    }

    [Fact]
    public void A_retry_never_comes_earlier_than_Retry_After()
    {
        var full = new HeadraceProblemException(
            new ProblemReply
            {
                Type = "/problems/queue-full",
                Title = "",
                Status = 429,
                Detail = "Full.",
                RetryAfter = 7,
            }
        );

        Assert.Equal(TimeSpan.FromSeconds(7), new RetryBudget(new HeadraceClientOptions(), () => true).NextDelay(full));
    }

    [Fact]
    public void Each_retry_is_announced_with_its_reason_and_the_last_failure_is_not()
    {
        var announced = new List<(Exception, TimeSpan)>();
        var options = new HeadraceClientOptions { Retrying = (reason, delay) => announced.Add((reason, delay)) };

        var pause = new RetryBudget(options, () => true).NextDelay(Broke);
        Assert.Null(new RetryBudget(options with { RetryTimeout = TimeSpan.Zero }, () => true).NextDelay(Broke));

        Assert.Equal([(Broke, pause!.Value)], announced);
    }

    [Fact]
    public void An_unreachable_server_is_retried_only_if_it_has_answered_before()
    {
        Assert.Null(new RetryBudget(new HeadraceClientOptions(), () => false).NextDelay(Absent));
        Assert.NotNull(new RetryBudget(new HeadraceClientOptions(), () => true).NextDelay(Absent));
    }

    [Fact]
    public void Calls_with_an_unknown_result_are_retried_even_if_the_server_has_never_answered()
    {
        Assert.NotNull(new RetryBudget(new HeadraceClientOptions(), () => false).NextDelay(Broke));
    }
}
