using System.Diagnostics;
using System.Text;
using System.Text.Json;
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
        Assert.Equal((null, null), (bridge.FromType, bridge.ToType));
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
        var output = python.StandardOutput.ReadToEndAsync(Cancelled);
        var error = python.StandardError.ReadToEndAsync(Cancelled);
        await python.WaitForExitAsync(Cancelled);

        Assert.True(python.ExitCode == 0, await error);
        Assert.Equal("done\n", await output);
        Assert.Equal(0u, await channel.MessageCountAsync(Out, Cancelled));
    }

    [Fact]
    public async Task Results_reach_an_exchange_with_the_queue_as_the_routing_key_and_the_ids_of_their_messages()
    {
        using var client = scene.Client();
        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await using var connection = await Server.ConnectAsync();
        await using var channel = await DeclareAsync(connection);
        var exchange = $"{_name}-exchange";
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Direct, cancellationToken: Cancelled);
        await client.Bridges.SetAsync(_name, Request() with { To = exchange, ToType = "exchange" }, Cancelled);
        await channel.BasicPublishAsync(
            "",
            In,
            mandatory: true,
            new BasicProperties { MessageId = "order-7", CorrelationId = "c-7" },
            "hello"u8.ToArray(),
            Cancelled
        );
        // Without a queue, the exchange returns the result. The bridge keeps the result and reports the problem.
        await BridgeScene.SeesAsync(
            client,
            _name,
            "a returned result",
            reply => reply.Why?.Contains("has no queue for a result", StringComparison.Ordinal) == true
        );
        await channel.QueueBindAsync(Out, exchange, routingKey: _name, cancellationToken: Cancelled);
        var bridge = await BridgeScene.SeesAsync(client, _name, "the result", reply => reply.Published == 1);

        Assert.Equal("exchange", bridge.ToType);
        var result = await channel.BasicGetAsync(Out, autoAck: true, Cancelled);
        var json = JsonElement.Parse(result!.Body.Span);
        Assert.Equal("order-7", json.GetProperty("messageId").GetString());
        Assert.Equal("hello", json.GetProperty("result").GetString());
        Assert.Equal("c-7", result.BasicProperties.CorrelationId);
        Assert.Equal("application/json", result.BasicProperties.ContentType);
    }

    [Fact]
    public async Task While_the_queue_is_full_messages_wait_in_RabbitMQ_and_none_is_lost()
    {
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await client.Queues.SetSettingsAsync(_name, new QueueSettingsRequest { MaxJobs = 10 }, Cancelled);
        await using var connection = await Server.ConnectAsync();
        await using var channel = await DeclareAsync(connection);
        for (var i = 0; i < 100; i++)
            await channel.BasicPublishAsync("", In, Encoding.UTF8.GetBytes($"m{i}"), Cancelled);
        await client.Bridges.SetAsync(_name, Request() with { InFlight = 15 }, Cancelled);
        var waiting = await BridgeScene.SeesAsync(client, _name, "a full queue", reply => reply.State == "waiting");
        Assert.Equal(10, waiting.Accepted);

        await using var worker = await EchoWorker.StartAsync(scene, _name);
        await BridgeScene.SeesAsync(client, _name, "all results", reply => reply.Published == 100);

        var results = await ReadAsync(channel, Out, 100);
        Assert.Equal(100, results.Select(each => each.Json.GetProperty("result").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Removing_a_bridge_returns_the_messages_that_it_holds_to_their_queue()
    {
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await client.Queues.SetSettingsAsync(_name, new QueueSettingsRequest { MaxJobs = 1 }, Cancelled);
        await using var connection = await Server.ConnectAsync();
        await using var channel = await DeclareAsync(connection);
        for (var i = 0; i < 5; i++)
            await channel.BasicPublishAsync("", In, Encoding.UTF8.GetBytes($"m{i}"), Cancelled);
        await client.Bridges.SetAsync(_name, Request() with { To = null, InFlight = 3 }, Cancelled);
        await BridgeScene.SeesAsync(
            client,
            _name,
            "messages held",
            reply => reply is { State: "waiting", Accepted: 1, MessagesInFlight: > 0 }
        );

        await client.Bridges.RemoveAsync(_name, cancellationToken: Cancelled);

        await Eventually.SeesAsync(
            "the other messages in the queue",
            async () => await channel.MessageCountAsync(In, Cancelled) == 4 ? "all" : null,
            Eventually.WithProcesses
        );
        var first = await channel.BasicGetAsync(In, autoAck: true, Cancelled);
        Assert.Equal("m1", Encoding.UTF8.GetString(first!.Body.Span));
    }

    [Fact]
    public async Task A_message_that_no_request_can_contain_becomes_a_dead_letter_and_the_others_jobs()
    {
        using var client = scene.Client();
        await scene.JoinAsync(_name);
        await using var connection = await Server.ConnectAsync();
        await using var channel = await DeclareAsync(connection);
        foreach (var message in (string[])["""{"a":"\ud800"}""", """{"b":1}"""])
            await channel.BasicPublishAsync("", In, Encoding.UTF8.GetBytes(message), Cancelled);

        await client.Bridges.SetAsync(_name, Request() with { Messages = "params", To = null }, Cancelled);

        await BridgeScene.SeesAsync(
            client,
            _name,
            "one job and one dead letter",
            reply => reply is { Accepted: 1, Rejected: 1, State: "running" }
        );
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
        await BridgeScene.SeesAsync(
            client,
            _name,
            "both missing queues",
            reply =>
                reply.Why?.Contains($"no queue '{In}'", StringComparison.Ordinal) == true
                && reply.Why.Contains($"no queue '{Out}'", StringComparison.Ordinal)
        );

        await client.Bridges.SetAsync(_name, Request() with { Password = "wrong" }, Cancelled);
        await BridgeScene.SeesAsync(
            client,
            _name,
            "a rejected password",
            reply =>
                reply.Why?.Contains("rejected the bridge's user name or password", StringComparison.Ordinal) == true
        );

        await client.Bridges.SetAsync(_name, Request() with { Address = "amqp://127.0.0.1:1" }, Cancelled);
        await BridgeScene.SeesAsync(
            client,
            _name,
            "an unreachable broker",
            reply =>
                reply.Why?.StartsWith("RabbitMQ at amqp://127.0.0.1:1 cannot be reached", StringComparison.Ordinal)
                == true
        );
        await client.Bridges.RemoveAsync(_name, cancellationToken: Cancelled);
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

    private static async Task<List<(string MessageId, JsonElement Json)>> ReadAsync(
        IChannel channel,
        string queue,
        int count
    )
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

    /// <summary>One RabbitMQ process for all tests in the class, because it takes seconds to start.</summary>
    public sealed class Broker : IAsyncLifetime
    {
        internal RabbitMqServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await RabbitMqServer.StartAsync();

        public async ValueTask DisposeAsync() => await Server.DisposeAsync();
    }
}
