using StackExchange.Redis;

namespace Headrace.Bridges.Redis;

/// <summary>A connection to Redis with the lists of a bridge.</summary>
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
            Source = new RedisListSource(calls, keys, from, bridge.DeadLetter ?? $"{from}.dead", time);
        if (bridge.To is { } to)
            Target = new RedisListTarget(calls, keys, to);
    }

    public IMessageSource? Source { get; }

    public IResultTarget? Target { get; }

    public IReadOnlyList<string> Warnings { get; }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
