namespace Headrace.Bridges.Redis;

/// <summary>Finds Redis settings that can lose acknowledged messages.</summary>
internal static class RedisRisks
{
    /// <param name="info">The reply to INFO.</param>
    /// <param name="save">When Redis saves a snapshot; empty if it never does.</param>
    /// <param name="address">The address of Redis, for the warnings.</param>
    public static IReadOnlyList<string> Find(string info, string? save, BrokerAddress address)
    {
        var risks = new List<string>();
        var fields = info.Split('\n', StringSplitOptions.TrimEntries)
            .Select(line => line.Split(':', 2))
            .Where(parts => parts.Length == 2)
            .ToLookup(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        var isAppending = fields["aof_enabled"].FirstOrDefault() == "1";
        if (!isAppending)
            risks.Add(
                string.IsNullOrEmpty(save)
                    ? $"Redis at {address} keeps its data in memory only: messages are lost when it restarts. Set "
                        + "appendonly to yes."
                    : $"Redis at {address} saves snapshots only: the latest messages are lost when it crashes. Set "
                        + "appendonly to yes."
            );
        if (
            fields["maxmemory_policy"].FirstOrDefault() is { } policy
            && policy.StartsWith("allkeys", StringComparison.Ordinal)
        )
            risks.Add(
                $"Redis at {address} may delete any key, including waiting messages, when it reaches maxmemory "
                    + $"(maxmemory-policy {policy}). Set maxmemory-policy to noeviction."
            );
        return risks;
    }
}
