using StackExchange.Redis;

namespace Headrace.Bridges.Redis;

/// <summary>Connects to Redis and checks whether Redis can lose data that it acknowledged.</summary>
internal sealed class RedisConnector(TimeProvider time) : IBrokerConnector
{
    /// <summary>
    /// A command on a healthy Redis server takes milliseconds; a fork or a slow disk can delay it by a second.
    /// </summary>
    private const int CommandTimeoutMs = 5_000;

    public async Task<IBroker> ConnectAsync(BridgeDefinition bridge, string store, CancellationToken cancellationToken)
    {
        var address = bridge.Broker;
        try
        {
            var connection = await ConnectionMultiplexer.ConnectAsync(OptionsFor(bridge)).WaitAsync(cancellationToken);
            try
            {
                await CheckTypesAsync(connection.GetDatabase(), bridge);
                return new RedisBroker(connection, bridge, store, await FindRisksAsync(connection, address), time);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
        catch (Exception failure) when (RedisFailures.Explain(failure, address, "") is { } explained)
        {
            throw new BrokerException(explained, failure);
        }
    }

    /// <summary>Returns the options of a connection.</summary>
    public static ConfigurationOptions OptionsFor(BridgeDefinition bridge)
    {
        var address = bridge.Broker;
        var options = new ConfigurationOptions
        {
            User = address.User,
            Password = bridge.Password,
            DefaultDatabase = address.Database,
            Ssl = address.Tls,
            ServiceName = address.Sentinel,
            ClientName = $"headrace-{bridge.Name}",
            ConnectTimeout = CommandTimeoutMs,
            AsyncTimeout = CommandTimeoutMs,
            SyncTimeout = CommandTimeoutMs,
            ConnectRetry = 1,
            // A command that cannot be sent fails at once. The bridge then reconnects and recovers the taken messages.
            BacklogPolicy = BacklogPolicy.FailFast,
            // Permits CONFIG and INFO, which show whether Redis persists its data. The bridge uses CONFIG only to read
            // settings.
            AllowAdmin = true,
        };
        foreach (var host in address.Hosts)
            options.EndPoints.Add(host.Name.Trim('[', ']'), host.Port);
        return options;
    }

    /// <summary>
    /// Checks the key types. Without this check, a key of the wrong type would cause no failure until the first
    /// message.
    /// </summary>
    private static async Task CheckTypesAsync(IDatabase database, BridgeDefinition bridge)
    {
        foreach (
            var (key, expected) in new[]
            {
                (bridge.From, bridge.FromType),
                (bridge.DeadLetter, BrokerKeyType.List),
                (bridge.To, bridge.ToType),
            }
        )
        {
            if (key is null)
                continue;
            var actual = (await database.KeyTypeAsync(key)).ToString().ToLowerInvariant();
            var required = expected.ToString().ToLowerInvariant();
            if (actual != "none" && actual != required)
                throw new BrokerException(
                    $"The key '{key}' in Redis at {bridge.Broker} has the type {actual}, but must be a {required}. "
                        + "Use another key, or delete this one."
                );
        }
    }

    private static async Task<IReadOnlyList<string>> FindRisksAsync(
        ConnectionMultiplexer connection,
        BrokerAddress address
    )
    {
        var database = connection.GetDatabase();
        try
        {
            var info = await database.ExecuteAsync("INFO", "all");
            var save = await database.ExecuteAsync("CONFIG", "GET", "save");
            return RedisRisks.Find(info.ToString(), ((RedisValue[])save!).ElementAtOrDefault(1).ToString(), address);
        }
        catch (RedisServerException)
        {
            // Some services and access rules forbid these commands. The bridge works without them.
            return [];
        }
    }
}
