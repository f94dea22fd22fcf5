using StackExchange.Redis;

namespace Headrace.Bridges.Redis;

/// <summary>Appends results to a list or a stream, each exactly once.</summary>
internal sealed class RedisTarget(RedisCalls redis, RedisKeys keys, string key, BrokerKeyType type) : IResultTarget
{
    public async Task<int> PublishAsync(IReadOnlyList<OutgoingMessage> messages)
    {
        var values = new RedisValue[1 + (2 * messages.Count)];
        values[0] = type == BrokerKeyType.Stream ? "stream" : "list";
        foreach (var (i, message) in messages.Index())
            (values[(2 * i) + 1], values[(2 * i) + 2]) = (message.Key, message.Content);
        var reply = await redis.RunAsync(
            $"'{key}' must be a {values[0]}",
            database => database.ScriptEvaluateAsync(RedisScripts.Publish, [key, keys.Published], values)
        );
        return (int)reply;
    }

    public Task ForgetAsync(IReadOnlyList<OutgoingMessage> messages) =>
        redis.RunAsync(
            $"'{keys.Published}'",
            database =>
                database.HashDeleteAsync(keys.Published, [.. messages.Select(message => (RedisValue)message.Key)])
        );

    public Task ForgetAllAsync() =>
        redis.RunAsync($"'{keys.Published}'", database => database.KeyDeleteAsync(keys.Published));
}
