using StackExchange.Redis;

namespace Headrace.Bridges.Redis;

/// <summary>Calls Redis and explains the failure if a call fails.</summary>
internal sealed class RedisCalls(IDatabase database, BrokerAddress address)
{
    /// <summary>Runs a call. Throws <see cref="BrokerException"/> if it fails.</summary>
    /// <param name="keys">The keys that the call uses, for the error message.</param>
    /// <param name="call">The call.</param>
    public async Task<T> RunAsync<T>(string keys, Func<IDatabase, Task<T>> call)
    {
        try
        {
            return await call(database);
        }
        catch (Exception failure) when (RedisFailures.Explain(failure, address, keys) is { } explained)
        {
            throw new BrokerException(explained, failure);
        }
    }
}
