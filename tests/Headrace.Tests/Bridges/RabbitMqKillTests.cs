using System.Globalization;
using System.Text;
using System.Text.Json;
using Headrace.Tests.Cli;
using Headrace.Tests.Server;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>
/// Kills the server and RabbitMQ with SIGKILL while messages pass through a bridge. No message is lost, each becomes
/// one job, and a result that is published twice has the same id both times.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class RabbitMqKillTests
{
    private const int Messages = 2_000;
    private const int Kills = 2;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "classic")]
    [InlineData(false, "quorum")]
    public async Task No_message_is_lost_and_a_double_has_the_same_id_although_one_of_the_two_is_killed_repeatedly(
        bool killsServer,
        string queueType
    )
    {
        await using var rabbit = await RabbitMqServer.StartAsync();
        await using var server = await RunningServer.StartAsync();
        await FillAsync(rabbit, queueType);
        var added = await server.CliAsync(
            "bridges",
            "add",
            "b",
            "--rabbitmq",
            rabbit.Address,
            "--from",
            "in",
            "--to",
            "out",
            "--method",
            "noop",
            "--in-flight",
            "50"
        );
        Assert.True(added.Code == 0, added.Error);

        for (var kill = 1; kill <= Kills; kill++)
        {
            // Each kill occurs later than the previous one, after more of the results have been published.
            await SeesResultsAsync(rabbit, Messages * kill / (Kills + 2));
            if (killsServer)
            {
                await server.KillAsync();
                await server.StartAgainAsync();
            }
            else
            {
                await rabbit.KillAsync();
                await rabbit.StartAgainAsync();
            }
        }
        var results = new List<(int Number, string MessageId)>();
        await Eventually.SeesAsync(
            "a result of each message",
            async () =>
            {
                results.AddRange(await ReadAllAsync(rabbit));
                return results.DistinctBy(result => result.Number).Count() == Messages ? "all" : null;
            },
            TimeSpan.FromMinutes(2)
        );
        await Eventually.SeesAsync(
            "the end of all messages",
            async () => await BridgeScene.IsIdleAsync(server) ? "all" : null,
            Eventually.WithProcesses
        );
        results.AddRange(await ReadAllAsync(rabbit));

        var ids = results.ToLookup(result => result.Number, result => result.MessageId);
        Assert.Equal(Enumerable.Range(0, Messages), ids.Select(group => group.Key).Order());
        Assert.All(ids, group => Assert.Single(group.Distinct()));
        Assert.Equal(Messages, results.Select(result => result.MessageId).Distinct().Count());
    }

    /// <summary>Publishes numbers, each with an id, and waits until RabbitMQ has confirmed all of them.</summary>
    private static async Task FillAsync(RabbitMqServer rabbit, string queueType)
    {
        await using var connection = await rabbit.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(
                publisherConfirmationsEnabled: true,
                publisherConfirmationTrackingEnabled: true,
                outstandingPublisherConfirmationsRateLimiter: new ThrottlingRateLimiter(Messages)
            ),
            Cancelled
        );
        foreach (var queue in (string[])["in", "out"])
            await channel.QueueDeclareAsync(
                queue,
                durable: true,
                exclusive: false,
                autoDelete: false,
                new Dictionary<string, object?> { ["x-queue-type"] = queueType },
                cancellationToken: Cancelled
            );
        await Task.WhenAll(
            Enumerable
                .Range(0, Messages)
                .Select(i => i.ToString(CultureInfo.InvariantCulture))
                .Select(text =>
                    channel
                        .BasicPublishAsync(
                            "",
                            "in",
                            mandatory: true,
                            new BasicProperties { MessageId = text, Persistent = true },
                            Encoding.UTF8.GetBytes(text),
                            Cancelled
                        )
                        .AsTask()
                )
        );
    }

    private static Task<string> SeesResultsAsync(RabbitMqServer rabbit, int count) =>
        Eventually.SeesAsync(
            $"{count} results",
            async () =>
            {
                try
                {
                    await using var connection = await rabbit.ConnectAsync();
                    await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);
                    return await channel.MessageCountAsync("out", Cancelled) >= count ? "all" : null;
                }
                catch (Exception starting) when (starting is RabbitMQClientException or IOException)
                {
                    // A queue can be unavailable for a moment after RabbitMQ has started.
                    return null;
                }
            },
            TimeSpan.FromMinutes(2)
        );

    private static async Task<List<(int Number, string MessageId)>> ReadAllAsync(RabbitMqServer rabbit)
    {
        await using var connection = await rabbit.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);
        var results = new List<(int, string)>();
        while (await channel.BasicGetAsync("out", autoAck: true, Cancelled) is { } message)
            results.Add(
                (
                    JsonElement.Parse(message.Body.Span).GetProperty("result").GetInt32(),
                    message.BasicProperties.MessageId!
                )
            );
        return results;
    }
}
