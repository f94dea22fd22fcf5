using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Headrace.Bridges;

/// <summary>
/// The address of a broker: <c>redis://[USER@]HOST[:PORT][,HOST[:PORT]…][/DATABASE]</c>, or <c>rediss://</c> for
/// TLS. With a Sentinel service, the hosts are those of the sentinels.
/// </summary>
internal sealed record BrokerAddress
{
    public const string Format =
        "redis://HOST:PORT, or rediss:// for TLS; a user, several hosts and a database are possible: "
        + "rediss://jan@a:6379,b:6379/2";

    private const int RedisPort = 6379;
    private const int SentinelPort = 26379;
    private const int MaxDatabase = 1_000_000;

    public required IReadOnlyList<BrokerHost> Hosts { get; init; }

    public bool Tls { get; init; }

    public string? User { get; init; }

    public int Database { get; init; }

    /// <summary>The service whose primary the sentinels name; null if the hosts are those of Redis itself.</summary>
    public string? Sentinel { get; init; }

    /// <summary>Reads an address. Returns false, and why it is not valid.</summary>
    public static bool TryParse(
        string text,
        string? sentinel,
        [NotNullWhen(true)] out BrokerAddress? address,
        [NotNullWhen(false)] out string? fault
    )
    {
        (address, fault) = (null, null);
        var tls = text.StartsWith("rediss://", StringComparison.Ordinal);
        if (!tls && !text.StartsWith("redis://", StringComparison.Ordinal))
            fault = $"The address '{Clip(text)}' is not valid. Use {Format}.";
        else if (text.Contains(':', StringComparison.Ordinal) && HasPassword(text))
            fault = "The address contains a password. Send the password separately, because addresses are shown.";
        if (fault is not null)
            return false;
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        string? user = null;
        if (rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
            (user, rest) = (Uri.UnescapeDataString(rest[..at]), rest[(at + 1)..]);
        var database = 0;
        if (rest.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
        {
            var number = rest[(slash + 1)..];
            rest = rest[..slash];
            if (
                number.Length > 0
                && (
                    !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out database)
                    || database > MaxDatabase
                )
            )
            {
                fault = $"The database '{Clip(number)}' in the address is not valid. Use a number, such as 0.";
                return false;
            }
        }
        var hosts = new List<BrokerHost>();
        foreach (var part in rest.Split(','))
        {
            if (!BrokerHost.TryParse(part, sentinel is null ? RedisPort : SentinelPort, out var host))
            {
                fault = $"The host '{Clip(part)}' in the address is not valid. Use {Format}.";
                return false;
            }
            hosts.Add(host);
        }
        address = new BrokerAddress
        {
            Hosts = hosts,
            Tls = tls,
            User = user is { Length: > 0 } ? user : null,
            Database = database,
            Sentinel = sentinel,
        };
        return true;
    }

    public override string ToString() =>
        $"{(Tls ? "rediss" : "redis")}://{(User is null ? "" : Uri.EscapeDataString(User) + "@")}"
        + $"{string.Join(',', Hosts)}{(Database == 0 ? "" : $"/{Database}")}";

    /// <summary>Whether the part before the host has the form <c>USER:PASSWORD</c>.</summary>
    private static bool HasPassword(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var at = text.IndexOf('@', start);
        return at >= 0 && text[start..at].Contains(':', StringComparison.Ordinal);
    }

    private static string Clip(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
