using System.Text.Json;
using Headrace.Protocol.Json;
using Xunit;
using static Headrace.Tests.Client.ScriptedServer;

namespace Headrace.Tests.Client;

public sealed class RepeatedSweepTests
{
    private const string Sweep =
        """{"id":"3","action":"cancel","filter":"queue:eu","owner":"admin","state":"running","""
        + "\"started\":\"2030-01-31T12:00:00Z\",\"examined\":0,\"changed\":0,\"skipped\":0}";

    [Theory]
    [InlineData(null)]
    [InlineData("night")]
    public async Task A_start_whose_reply_was_lost_is_sent_again_with_the_same_key_R17(string? key)
    {
        await using var server = await StartAsync(Break(), Json(202, Sweep), Json(202, Sweep));
        using var client = Clients.Of(server);
        var request = new SweepRequest { Filter = "queue:eu", IdempotencyKey = key };

        await client.Sweeps.StartAsync("cancel", request, TestContext.Current.CancellationToken);
        await client.Sweeps.StartAsync("cancel", request, TestContext.Current.CancellationToken);

        var keys = server
            .Seen.Select(seen => JsonElement.Parse(seen.Body).GetProperty("idempotencyKey").GetString())
            .ToList();
        Assert.Equal(3, keys.Count);
        Assert.Equal(keys[0], keys[1]);
        Assert.Equal(key is not null, keys[1] == keys[2]);
        Assert.Equal(key ?? keys[0], keys[0]);
    }
}
