using RabbitMQ.Client;

namespace Headrace.Bridges.RabbitMq;

/// <summary>A connection to RabbitMQ with a channel for each direction.</summary>
internal sealed class RabbitMqBroker : IBroker
{
    /// <summary>Maximum number of results that RabbitMQ has not confirmed yet.</summary>
    private const int MaxUnconfirmed = 256;

    private readonly IConnection _connection;

    private RabbitMqBroker(IConnection connection) => _connection = connection;

    public IMessageSource? Source { get; private set; }

    public IResultTarget? Target { get; private set; }

    public IReadOnlyList<string> Warnings { get; } = [];

    public static async Task<RabbitMqBroker> OpenAsync(
        IConnection connection,
        BridgeDefinition bridge,
        CancellationToken cancellationToken
    )
    {
        var calls = new RabbitMqCalls(bridge.Broker);
        var broker = new RabbitMqBroker(connection);
        if (bridge.From is not null)
            broker.Source = await RabbitMqSource.StartAsync(
                calls,
                await OpenChannelAsync(connection, cancellationToken),
                bridge,
                cancellationToken
            );
        if (bridge.To is { } to)
        {
            var channel = await OpenChannelAsync(connection, cancellationToken);
            if (bridge.ToType == BrokerKeyType.Exchange)
                await channel.ExchangeDeclarePassiveAsync(to, cancellationToken);
            else
                await channel.QueueDeclarePassiveAsync(to, cancellationToken);
            broker.Target = new RabbitMqTarget(calls, channel, bridge);
        }
        return broker;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

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
