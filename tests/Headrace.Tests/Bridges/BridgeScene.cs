using System.Text.Json;
using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>A server in this process whose bridges connect to a Redis process.</summary>
public sealed class BridgeScene : FrontScene
{
    private int _names;

    internal HeadraceClient Client() => new(Server.Server.Ready.Url, Server.Key);

    /// <summary>Returns a name that no other test in the class uses.</summary>
    internal string NextName() => $"b{Interlocked.Increment(ref _names)}";

    /// <summary>Waits until a bridge meets a condition.</summary>
    internal static Task<BridgeReply> SeesAsync(
        HeadraceClient client,
        string bridge,
        string what,
        Func<BridgeReply, bool> condition
    )
    {
        BridgeReply? latest = null;
        return SeesAsync();

        async Task<BridgeReply> SeesAsync()
        {
            try
            {
                return await Eventually.SeesAsync(
                    what,
                    async () =>
                    {
                        latest = await client.Bridges.GetAsync(bridge, TestContext.Current.CancellationToken);
                        return condition(latest) ? latest : null;
                    },
                    Eventually.WithProcesses
                );
            }
            catch (TimeoutException late)
            {
                throw new TimeoutException($"{late.Message} The bridge is {latest}.");
            }
        }
    }

    /// <summary>Returns whether a server's bridge <c>b</c> has nothing left to do.</summary>
    internal static async Task<bool> IsIdleAsync(RunningServer server)
    {
        var key = await File.ReadAllTextAsync(
            Path.Combine(server.Home, "data", "admin.key"),
            TestContext.Current.CancellationToken
        );
        using var client = new HeadraceClient(server.Url, key.Trim());
        var bridge = await client.Bridges.GetAsync("b", TestContext.Current.CancellationToken);
        return bridge
            is { State: "running", MessagesWaiting: 0, ResultsWaiting: 0, MessagesInFlight: 0, ResultsInFlight: 0 };
    }

    /// <summary>Reads all messages in a list as JSON once the list contains this many messages.</summary>
    internal static async Task<IReadOnlyList<JsonElement>> ReadAsync(RedisServer redis, string list, int count)
    {
        await Eventually.SeesAsync(
            $"{count} messages in the list {list}",
            async () => await redis.Database.ListLengthAsync(list) >= count ? "all" : null,
            Eventually.WithProcesses
        );
        return
        [
            .. (await redis.Database.ListRangeAsync(list)).Select(message => JsonElement.Parse(message.ToString())),
        ];
    }
}
