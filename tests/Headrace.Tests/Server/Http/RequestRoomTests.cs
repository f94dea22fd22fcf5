using Headrace.Server.Http;
using Xunit;

namespace Headrace.Tests.Server.Http;

public sealed class RequestRoomTests
{
    [Fact]
    public void What_does_not_fit_is_refused_at_once_with_when_to_come_back()
    {
        var room = new RequestRoom(10 << 20);
        Assert.True(room.Take(8 << 20).Holds(out var place, out _));

        Assert.False(room.Take(3 << 20).Holds(out _, out var problem));
        Assert.Equal(
            "The server holds request bodies of 10 MB, its limit, and this one may need 3145728 bytes. Try again in 1 s.",
            problem.Detail
        );
        Assert.Equal((503, TimeSpan.FromSeconds(1)), (problem.Kind.Status, problem.RetryAfter));
        place.Dispose();
    }

    [Fact]
    public void Room_that_is_given_back_can_be_taken_again_and_is_given_back_once()
    {
        var room = new RequestRoom(10);
        Assert.True(room.Take(10).Holds(out var place, out _));

        place.Dispose();
        place.Dispose();

        Assert.Equal(10, room.Free);
        Assert.True(room.Take(10).Holds(out _, out _));
    }

    [Fact]
    public void Many_who_take_and_give_back_leave_it_as_it_was()
    {
        var room = new RequestRoom(100);

        Parallel.For(
            0,
            10_000,
            i =>
            {
                if (room.Take((i % 60) + 1).Holds(out var place, out _))
                    place.Dispose();
            }
        );

        Assert.Equal(100, room.Free);
    }
}
