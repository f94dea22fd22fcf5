using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Kills servers and consumers between a delivery and its acknowledgement.</summary>
[Trait("Needs", "Servers")]
public sealed class ConsumerKillTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_killed_between_a_delivery_and_its_acknowledgement_loses_and_doubles_nothing_R16()
    {
        await using var server = await RunningServer.StartAsync();
        DeliveriesReply before;
        using (var client = await ConnectAsync(server))
        {
            await client.Feeds.CreateAsync("f", new FeedRequest { Queue = "default", From = "first" }, Stop);
            for (var i = 0; i < 3; i++)
                await server.CliAsync("run", "noop");
            before = await client.Feeds.PullAsync("f", top: 2, cancellationToken: Stop);
            await client.Feeds.AcknowledgeAsync("f", [before.Deliveries[0].Token], Stop);
        }

        await server.KillAsync();
        await server.StartAgainAsync("0");

        using var next = await ConnectAsync(server);
        Assert.Equal(
            new AcknowledgedReply(1, 1, 0),
            await next.Feeds.AcknowledgeAsync("f", before.Deliveries.Select(delivery => delivery.Token), Stop)
        );
        var after = await next.Feeds.PullAsync("f", cancellationToken: Stop);
        Assert.Equal(["3"], after.Deliveries.Select(delivery => delivery.Job.Id));
        Assert.Equal(0, after.Expired);
    }

    [Fact]
    public async Task A_message_that_a_client_holds_stays_with_it_when_the_server_is_killed_R28()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("messages", "put", "alerts", "one", "two");
        MessagesReply before;
        using (var client = await ConnectAsync(server))
            before = await client.Messages.PullAsync("alerts", cancellationToken: Stop);

        await server.KillAsync();
        await server.StartAgainAsync("0");

        using var next = await ConnectAsync(server);
        var after = await next.Messages.PullAsync("alerts", top: 10, cancellationToken: Stop);
        Assert.Equal(["2"], after.Messages.Select(message => message.Id));
        Assert.Equal(
            new AcknowledgedReply(1, 0, 0),
            await next.Messages.AcknowledgeAsync("alerts", [before.Messages[0].Token], Stop)
        );
    }

    [Fact]
    public async Task A_consumer_killed_while_its_command_runs_has_the_job_delivered_again()
    {
        await using var server = await RunningServer.StartAsync();
        await server.CliAsync("feeds", "set", "f", "--queue", "default");
        await server.CliAsync("run", "noop");
        var began = Path.Combine(server.Home, "began");
        var arguments = new[]
        {
            "results",
            "pull",
            "--feed",
            "f",
            "--lease",
            "1s",
            "--exec",
            $"touch {began}; sleep 60",
        };
        using var consumer = server.StartCli([], arguments);
        await Eventually.SeesAsync(
            "the start of the command",
            () => Task.FromResult(File.Exists(began) ? "began" : null),
            Eventually.WithProcesses
        );

        consumer.Kill(entireProcessTree: true);

        var again = await server.CliAsync("results", "pull", "--feed", "f", "--wait", "30s");
        Assert.StartsWith("1\tsucceeded\t", again.Out, StringComparison.Ordinal);
    }

    private static async Task<HeadraceClient> ConnectAsync(RunningServer server)
    {
        var key = await File.ReadAllTextAsync(Path.Combine(server.Home, "data", "admin.key"), Stop);
        return new HeadraceClient(server.Url, key.Trim());
    }
}
