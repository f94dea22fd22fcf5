using Headrace.Server.Http;
using Xunit;

namespace Headrace.Tests.Server.Http;

public sealed class RequestRoomTests
{
    [Fact]
    public void A_reservation_that_exceeds_the_budget_is_rejected_immediately_with_a_retry_time()
    {
        var room = new BodyBudget(10 << 20);
        Assert.True(room.Reserve(8 << 20).TryGet(out var reservation, out _));

        Assert.False(room.Reserve(3 << 20).TryGet(out _, out var problem));
        Assert.Equal(
            "The server buffers at most 10 MB of request bodies, and this body of up to 3145728 bytes "
                + "would exceed the limit. Try again in 1 s.",
            problem.Detail
        );
        Assert.Equal((503, TimeSpan.FromSeconds(1)), (problem.Kind.Status, problem.RetryAfter));
        reservation.Dispose();
    }

    [Fact]
    public void Released_memory_can_be_reserved_again_and_is_released_only_once()
    {
        var room = new BodyBudget(10);
        Assert.True(room.Reserve(10).TryGet(out var reservation, out _));

        reservation.Dispose();
        reservation.Dispose();

        Assert.Equal(10, room.Available);
        Assert.True(room.Reserve(10).TryGet(out _, out _));
    }

    [Fact]
    public void Concurrent_reservations_and_releases_leave_the_budget_unchanged()
    {
        var room = new BodyBudget(100);

        Parallel.For(
            0,
            10_000,
            i =>
            {
                if (room.Reserve((i % 60) + 1).TryGet(out var reservation, out _))
                    reservation.Dispose();
            }
        );

        Assert.Equal(100, room.Available);
    }
}
