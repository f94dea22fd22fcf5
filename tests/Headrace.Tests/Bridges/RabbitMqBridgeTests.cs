using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Headrace.Client;
using Headrace.Protocol.Json;
using Headrace.Tests.Server;
using RabbitMQ.Client;
using Xunit;

namespace Headrace.Tests.Bridges;

/// <summary>A bridge between a server in this process and a RabbitMQ process.</summary>
[Trait("Needs", "Servers")]
public sealed class RabbitMqBridgeTests(BridgeScene scene, RabbitMqBridgeTests.Broker broker)
    : IClassFixture<BridgeScene>,
        IClassFixture<RabbitMqBridgeTests.Broker>
{
    private readonly string _name = scene.NextName();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private RabbitMqServer Server => broker.Server;

    [Fact]
    public async Task Messages_of_a_quorum_queue_become_jobs_and_results_reach_a_queue()
    {
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await using var connection = await Server.ConnectAsync();
        await using var channel = await DeclareAsync(connection, quorum: true);
        for (var i = 0; i < 300; i++)
            await channel.BasicPublishAsync("", In, Encoding.UTF8.GetBytes($"m{i}"), Cancelled);

        await client.Bridges.SetAsync(_name, Request(), Cancelled);
        var bridge = await BridgeScene.SeesAsync(client, _name, "all results", reply => reply.Published == 300);

        Assert.Equal((300, 0, "running"), (bridge.Accepted, bridge.Rejected, bridge.State));
        var results = await ReadAsync(channel, Out, 300);
        Assert.Equal(
            Enumerable.Range(0, 300).Select(i => $"m{i}").Order(),
            results.Select(result => result.Json.GetProperty("result").GetString()!).Order()
        );
        Assert.Equal(300, results.Select(result => result.MessageId).Distinct().Count());
        Assert.Equal(0u, await channel.MessageCountAsync(In, Cancelled));
    }

    [Fact]
    public async Task An_unmodified_pika_client_calls_a_method_and_receives_its_reply()
    {
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await using var connection = await Server.ConnectAsync();
        await using var channel = await DeclareAsync(connection);
        await client.Bridges.SetAsync(_name, Request() with { Results = "raw" }, Cancelled);
        var program = $$"""
            import pika
            connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", {{Server.Port}}))
            channel = connection.channel()
            replies = channel.queue_declare("", exclusive=True).method.queue
            for i in range(20):
                channel.basic_publish("", "{{In}}", f"call {i}".encode(),
                                      pika.BasicProperties(reply_to=replies, correlation_id=f"c{i}"))
            answers = {}
            for method, properties, body in channel.consume(replies, inactivity_timeout=60):
                assert method is not None, "no reply"
                channel.basic_ack(method.delivery_tag)
                answers[properties.correlation_id] = body.decode()
                if len(answers) == 20:
                    break
            assert answers == {f"c{i}": f"call {i}" for i in range(20)}, answers
            connection.close()
            print("done")
            """;
        using var python = Process.Start(
            new ProcessStartInfo("/usr/bin/python3", ["-c", program])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var (output, error) = (python.StandardOutput.ReadToEndAsync(Cancelled), python.StandardError.ReadToEndAsync(Cancelled));
        await python.WaitForExitAsync(Cancelled);

        Assert.True(python.ExitCode == 0, await error);
        Assert.Equal("done\n", await output);
        Assert.Equal(0u, await channel.MessageCountAsync(Out, Cancelled));
    }

    [Fact]
    public async Task A_redelivered_message_with_an_id_is_one_job()
    {
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await using var connection = await Server.ConnectAsync();
        await using var channel = await DeclareAsync(connection);
        await client.Bridges.SetAsync(_name, Request() with { To = null }, Cancelled);
        for (var i = 0; i < 2; i++)
            await channel.BasicPublishAsync(
                "",
                In,
                mandatory: true,
                new BasicProperties { MessageId = "order-7" },
                Encoding.UTF8.GetBytes("same"),
                Cancelled
            );
        await BridgeScene.SeesAsync(client, _name, "both messages", reply => reply.Accepted == 2);

        Assert.Single((await client.ListJobsPageAsync($"queue:{_name}", cancellationToken: Cancelled)).Jobs);
    }

    [Fact]
    public async Task A_message_that_cannot_become_a_job_goes_to_the_queue_of_dead_letters_with_the_reason()
    {
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await using var connection = await Server.ConnectAsync();
        await using var channel = await DeclareAsync(connection);
        await channel.BasicPublishAsync("", In, Encoding.UTF8.GetBytes("nonsense"), Cancelled);
        await client.Bridges.SetAsync(_name, Request() with { Messages = "params" }, Cancelled);
        await BridgeScene.SeesAsync(client, _name, "a dead letter", reply => reply.Rejected == 1);

        var dead = await channel.BasicGetAsync($"{In}.dead", autoAck: true, Cancelled);

        Assert.Equal("nonsense", Encoding.UTF8.GetString(dead!.Body.Span));
        Assert.StartsWith(
            "The message is not valid JSON",
            Encoding.UTF8.GetString((byte[])dead.BasicProperties.Headers!["headrace-reason"]!),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_wrong_queue_a_wrong_password_and_a_wrong_host_are_named()
    {
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await client.Bridges.SetAsync(_name, Request(), Cancelled);
        var missing = await BridgeScene.SeesAsync(client, _name, "a failure", reply => reply.State == "failing");
        Assert.Contains($"no queue '{In}'", missing.Why, StringComparison.Ordinal);

        await client.Bridges.SetAsync(_name, Request() with { Password = "wrong" }, Cancelled);
        await BridgeScene.SeesAsync(
            client,
            _name,
            "a rejected password",
            reply => reply.Why?.Contains("rejected the user or the password", StringComparison.Ordinal) == true
        );

        await client.Bridges.SetAsync(_name, Request() with { Address = "amqp://127.0.0.1:1" }, Cancelled);
        await BridgeScene.SeesAsync(
            client,
            _name,
            "an unreachable broker",
            reply => reply.Why?.StartsWith("RabbitMQ at amqp://127.0.0.1:1 cannot be reached", StringComparison.Ordinal) == true
        );
        await client.Bridges.RemoveAsync(_name, Cancelled);
    }

    private string In => $"{_name}-in";

    private string Out => $"{_name}-out";

    private BridgeRequest Request() =>
        new()
        {
            Address = Server.Address,
            From = In,
            To = Out,
            Queue = _name,
            Method = _name,
        };

    private async Task<IChannel> DeclareAsync(IConnection connection, bool quorum = false)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);
        var arguments = quorum ? new Dictionary<string, object?> { ["x-queue-type"] = "quorum" } : null;
        foreach (var queue in (string[])[In, Out])
            await channel.QueueDeclareAsync(
                queue,
                durable: true,
                exclusive: false,
                autoDelete: false,
                arguments,
                cancellationToken: Cancelled
            );
        return channel;
    }

    private static async Task<List<(string MessageId, JsonElement Json)>> ReadAsync(IChannel channel, string queue, int count)
    {
        var results = new List<(string, JsonElement)>();
        while (results.Count < count)
        {
            var result = await channel.BasicGetAsync(queue, autoAck: true, Cancelled);
            Assert.True(result is not null, $"{queue} has only {results.Count} messages.");
            results.Add((result.BasicProperties.MessageId!, JsonElement.Parse(result.Body.Span)));
        }
        return results;
    }

    /// <summary>One RabbitMQ process for all tests of the class, because it takes seconds to start.</summary>
    public sealed class Broker : IAsyncLifetime
    {
        internal RabbitMqServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await RabbitMqServer.StartAsync();

        public async ValueTask DisposeAsync() => await Server.DisposeAsync();
    }
}
