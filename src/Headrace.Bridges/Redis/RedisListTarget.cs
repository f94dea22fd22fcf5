using StackExchange.Redis;

namespace Headrace.Bridges.Redis;

/// <summary>Appends results to a list, each of them once.</summary>
internal sealed class RedisListTarget(RedisCalls redis, RedisKeys keys, string list) : IResultTarget
{
    public async Task<int> PublishAsync(IReadOnlyList<OutgoingMessage> messages)
    {
        var values = new RedisValue[2 * messages.Count];
        foreach (var (i, message) in messages.Index())
            (values[2 * i], values[(2 * i) + 1]) = (message.Key, message.Content);
        var reply = await redis.RunAsync(
            $"'{list}' must be a list",
            database => database.ScriptEvaluateAsync(RedisScripts.Publish, [list, keys.Published], values)
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
