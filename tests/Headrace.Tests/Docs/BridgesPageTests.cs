using System.Globalization;
using Headrace.Tests.Bridges;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>Executes the commands in docs/bridges.md as printed, with Redis and RabbitMQ on free ports.</summary>
[Trait("Needs", "Servers")]
public sealed class BridgesPageTests
{
    [Fact]
    public async Task The_commands_of_the_page_print_what_it_shows()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var rabbit = await RabbitMqServer.StartAsync();
        var redisPort = redis.Port.ToString(CultureInfo.InvariantCulture);
        var rabbitPort = rabbit.Port.ToString(CultureInfo.InvariantCulture);

        var ran = await DocumentCommands.RunAsync(
            "docs/bridges.md",
            text =>
                text.Replace("6379", redisPort, StringComparison.Ordinal)
                    .Replace("5672", rabbitPort, StringComparison.Ordinal)
        );

        Assert.InRange(ran, 8, int.MaxValue);
    }
}
