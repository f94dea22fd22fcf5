using Headrace.Server.Hosting;
using Headrace.Server.Pools.Local;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class ReadyReplyTests
{
    [Fact]
    public void A_server_without_any_of_its_workers_is_not_ready_once_a_replacement_should_have_joined()
    {
        Assert.True(ReadyReply.Of(null, Pool(joined: 0, shortSeconds: 1)).Ready);

        var reply = ReadyReply.Of(null, Pool(joined: 0, shortSeconds: 6));

        Assert.False(reply.Ready);
        Assert.Equal("0 of 2 local workers have joined.", reply.WaitsFor);
    }

    [Fact]
    public void Missing_workers_are_a_warning_while_others_run()
    {
        var reply = ReadyReply.Of(null, Pool(joined: 1, shortSeconds: 600));

        Assert.True(reply.Ready);
        Assert.Equal("1 of 2 local workers have joined.", reply.Warning);
    }

    [Fact]
    public void A_complete_pool_gives_no_warning()
    {
        var reply = ReadyReply.Of(null, Pool(joined: 2, shortSeconds: null));

        Assert.Equal((true, null, null), (reply.Ready, reply.WaitsFor, reply.Warning));
    }

    [Fact]
    public void A_server_that_rejects_requests_is_not_ready_whatever_its_workers_do()
    {
        var reply = ReadyReply.Of("The store is gone.", Pool(joined: 2, shortSeconds: null));

        Assert.Equal((false, "The store is gone."), (reply.Ready, reply.WaitsFor));
    }

    private static PoolStatus Pool(int joined, double? shortSeconds) =>
        new(Target: 2, joined, Complete: true, shortSeconds, [], []);
}
