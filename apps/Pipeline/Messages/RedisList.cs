using Headrace.Bridges;
using Headrace.Bridges.Redis;
using StackExchange.Redis;

namespace Headrace.Apps.Pipeline.Messages;

/// <summary>
/// A list of a Redis server, as the tools of the seed use it: a message that was popped is gone.
/// </summary>
internal sealed class RedisList : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _connection;
    private readonly RedisCalls _calls;
    private readonly string _list;

    private RedisList(ConnectionMultiplexer connection, BrokerAddress address, string list) =>
        (_connection, _calls, _list) = (connection, new RedisCalls(connection.GetDatabase(), address), list);

    /// <exception cref="RedisUnavailableException">Redis cannot be reached.</exception>
    public static async Task<RedisList> ConnectAsync(
        RedisAddress redis,
        string list,
        CancellationToken cancellationToken
    )
    {
        var options = RedisConnector.OptionsFor(redis.Bridge("pipeline"));
        try
        {
            var connection = await ConnectionMultiplexer.ConnectAsync(options).WaitAsync(cancellationToken);
            return new RedisList(connection, redis.Broker, list);
        }
        catch (Exception failure) when (RedisFailures.Explain(failure, redis.Broker, "") is { } explained)
        {
            throw new RedisUnavailableException(explained, failure);
        }
    }

    /// <summary>Appends a message.</summary>
    public Task PushAsync(ReadOnlyMemory<byte> message) =>
        RunAsync(database => database.ListRightPushAsync(_list, message));

    /// <summary>Removes the first message with this text, if there is one.</summary>
    public Task RemoveAsync(ReadOnlyMemory<byte> message) =>
        RunAsync(database => database.ListRemoveAsync(_list, message, count: 1));

    /// <summary>Waits for a message and removes it. Returns null if there is none within the time.</summary>
    /// <param name="timeout">The longest wait; null to wait without a limit.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async Task<byte[]?> PopAsync(TimeSpan? timeout, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (timeout is { } limit)
            end.CancelAfter(limit);
        try
        {
            var found = await new RedisPoll(TimeProvider.System).UntilFoundAsync(TryPopAsync, end.Token);
            return found[0].Content.ToArray();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<IReadOnlyList<BrokerMessage>> TryPopAsync()
    {
        var popped = await RunAsync(database => database.ListLeftPopAsync(_list));
        return popped.IsNull ? [] : [new BrokerMessage("", (ReadOnlyMemory<byte>)popped)];
    }

    private async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> call)
    {
        try
        {
            return await _calls.RunAsync($"'{_list}' must be a list", call);
        }
        catch (BrokerException failure)
        {
            throw new RedisUnavailableException(failure.Message, failure);
        }
    }
}
