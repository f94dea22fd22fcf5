using Headrace.Server.Http;
using Xunit;

namespace Headrace.Tests.Server.Http;

public sealed class BodyBudgetTests
{
    private const int Uncounted = BodyBudget.UncountedBytes;

    [Fact]
    public void A_body_that_exceeds_the_budget_is_rejected_immediately_with_a_retry_time_R13()
    {
        var budget = new BodyBudget(10 << 20);
        using var large = budget.Begin();
        Assert.Null(large.GrowTo((8 << 20) + Uncounted));

        using var further = budget.Begin();
        var problem = further.GrowTo((3 << 20) + Uncounted);

        Assert.Equal(
            "The server buffers at most 10 MB of request bodies, and 3145728 more bytes of this body would exceed the "
                + "limit. Try again in 1 s.",
            problem?.Detail
        );
        Assert.Equal((503, TimeSpan.FromSeconds(1)), (problem!.Kind.Status, problem.RetryAfter));
        Assert.Equal(2 << 20, budget.Available);
    }

    [Fact]
    public void A_reservation_grows_with_the_bytes_that_have_arrived_and_the_first_64_KB_are_free_R13()
    {
        var budget = new BodyBudget(100);
        using var body = budget.Begin();

        Assert.Null(body.GrowTo(Uncounted));
        Assert.Equal(100, budget.Available);
        Assert.Null(body.GrowTo(Uncounted + 60));
        Assert.Null(body.GrowTo(Uncounted + 50));
        Assert.Equal(40, budget.Available);
        Assert.NotNull(body.GrowTo(Uncounted + 101));
        Assert.Equal(40, budget.Available);
    }

    [Fact]
    public void A_small_body_is_accepted_while_the_budget_is_exhausted()
    {
        var budget = new BodyBudget(10);
        using var large = budget.Begin();
        Assert.Null(large.GrowTo(Uncounted + 10));

        using var small = budget.Begin();

        Assert.Null(small.GrowTo(Uncounted));
    }

    [Fact]
    public void Released_memory_can_be_reserved_again_and_is_released_only_once()
    {
        var budget = new BodyBudget(10);
        var reservation = budget.Begin();
        Assert.Null(reservation.GrowTo(Uncounted + 10));

        reservation.Dispose();
        reservation.Dispose();

        Assert.Equal(10, budget.Available);
    }

    [Fact]
    public void Concurrent_reservations_and_releases_leave_the_budget_unchanged()
    {
        var budget = new BodyBudget(100);

        Parallel.For(
            0,
            10_000,
            i =>
            {
                using var reservation = budget.Begin();
                reservation.GrowTo(Uncounted + (i % 60));
                reservation.GrowTo(Uncounted + (i % 60) + 1);
            }
        );

        Assert.Equal(100, budget.Available);
    }
}
