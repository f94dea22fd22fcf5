using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Headrace.Bridges.RabbitMq;

/// <summary>A connection to RabbitMQ with a channel for each side of the bridge that it serves.</summary>
internal sealed class RabbitMqBroker : IBroker
{
    /// <summary>Maximum number of unconfirmed messages. RabbitMQ writes hundreds of messages to disk at once.</summary>
    private const int MaxUnconfirmed = 1_000;

    private readonly IConnection _connection;

    private RabbitMqBroker(IConnection connection) => _connection = connection;

    public IMessageSource? Source { get; private set; }

    public IResultTarget? Target { get; private set; }

    public IReadOnlyList<string> Warnings { get; } = [];

    public static async Task<RabbitMqBroker> OpenAsync(
        IConnection connection,
        BridgeDefinition bridge,
        ConfirmedResults confirmed,
        CancellationToken cancellationToken
    )
    {
        var calls = new RabbitMqCalls(bridge.Broker);
        var broker = new RabbitMqBroker(connection);
        if (bridge.From is not null)
        {
            await EnsureQueueAsync(connection, bridge.DeadLetter!, cancellationToken);
            broker.Source = await RabbitMqSource.StartAsync(
                calls,
                await OpenChannelAsync(connection, cancellationToken),
                bridge,
                cancellationToken
            );
        }
        if (bridge.To is { } to)
        {
            var channel = await OpenChannelAsync(connection, cancellationToken);
            if (bridge.ToType == BrokerKeyType.Exchange)
                await channel.ExchangeDeclarePassiveAsync(to, cancellationToken);
            else
                await channel.QueueDeclarePassiveAsync(to, cancellationToken);
            broker.Target = new RabbitMqTarget(calls, channel, bridge, confirmed);
        }
        return broker;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>
    /// Creates the dead-letter queue if it does not exist. An existing queue may have any type. A failed check closes
    /// its channel, so the check uses a separate one.
    /// </summary>
    private static async Task EnsureQueueAsync(
        IConnection connection,
        string queue,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var asking = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await asking.QueueDeclarePassiveAsync(queue, cancellationToken);
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            await using var declaring = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await declaring.QueueDeclareAsync(
                queue,
                durable: true,
                exclusive: false,
                autoDelete: false,
                cancellationToken: cancellationToken
            );
        }
    }

    private static Task<IChannel> OpenChannelAsync(IConnection connection, CancellationToken cancellationToken) =>
        connection.CreateChannelAsync(
            new CreateChannelOptions(
                publisherConfirmationsEnabled: true,
                publisherConfirmationTrackingEnabled: true,
                outstandingPublisherConfirmationsRateLimiter: new ThrottlingRateLimiter(MaxUnconfirmed)
            ),
            cancellationToken
        );
}
