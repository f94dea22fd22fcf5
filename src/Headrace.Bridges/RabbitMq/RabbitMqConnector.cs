using RabbitMQ.Client;

namespace Headrace.Bridges.RabbitMq;

/// <summary>Connects to RabbitMQ for one bridge.</summary>
internal sealed class RabbitMqConnector : IBrokerConnector
{
    /// <summary>
    /// The heartbeat interval. The broker and the bridge detect a lost connection after about twice this interval.
    /// </summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly ConfirmedResults _confirmed = new();

    public async Task<IBroker> ConnectAsync(BridgeDefinition bridge, string store, CancellationToken cancellationToken)
    {
        var address = bridge.Broker;
        try
        {
            var connection = await FactoryFor(bridge)
                .CreateConnectionAsync(
                    [.. address.Hosts.Select(host => EndPoint(address, host))],
                    $"headrace-{bridge.Name}",
                    cancellationToken
                );
            try
            {
                return await RabbitMqBroker.OpenAsync(connection, bridge, _confirmed, cancellationToken);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
        catch (Exception failure) when (RabbitMqFailures.Explain(failure, address) is { } explained)
        {
            throw new BrokerException(explained, failure);
        }
    }

    private static ConnectionFactory FactoryFor(BridgeDefinition bridge) =>
        new()
        {
            UserName = bridge.Broker.User ?? ConnectionFactory.DefaultUser,
            Password = bridge.Password ?? ConnectionFactory.DefaultPass,
            VirtualHost = bridge.Broker.VirtualHost,
            RequestedHeartbeat = Heartbeat,
            RequestedConnectionTimeout = Timeout,
            ContinuationTimeout = Timeout,
            // The bridge itself reconnects, so that it recovers its own state together with the connection.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
        };

    private static AmqpTcpEndpoint EndPoint(BrokerAddress address, BrokerHost host)
    {
        var name = host.Name.Trim('[', ']');
        return new AmqpTcpEndpoint(name, host.Port, new SslOption(name, enabled: address.Tls));
    }
}
