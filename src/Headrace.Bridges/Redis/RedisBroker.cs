using StackExchange.Redis;

namespace Headrace.Bridges.Redis;

/// <summary>A connection to Redis, with the list or stream for each side of a bridge.</summary>
internal sealed class RedisBroker : IBroker
{
    private readonly ConnectionMultiplexer _connection;

    public RedisBroker(
        ConnectionMultiplexer connection,
        BridgeDefinition bridge,
        string store,
        IReadOnlyList<string> warnings,
        TimeProvider time
    )
    {
        (_connection, Warnings) = (connection, warnings);
        var calls = new RedisCalls(connection.GetDatabase(), bridge.Broker);
        var keys = new RedisKeys(store, bridge.Name);
        if (bridge.From is { } from)
            Source =
                bridge.FromType == BrokerKeyType.Stream
                    ? new RedisStreamSource(
                        calls,
                        new RedisStream(from, bridge.Group, $"{store}:{bridge.Name}"),
                        bridge.DeadLetter!,
                        time
                    )
                    : new RedisListSource(calls, keys, from, bridge.DeadLetter!, time);
        if (bridge.To is { } to)
            Target = new RedisTarget(calls, keys, to, bridge.ToType);
    }

    public IMessageSource? Source { get; }

    public IResultTarget? Target { get; }

    public IReadOnlyList<string> Warnings { get; }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
