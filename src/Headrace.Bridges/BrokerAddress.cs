using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Headrace.Bridges;

/// <summary>The broker that a bridge connects to.</summary>
internal enum BrokerKind
{
    Redis,
    RabbitMq,
}

/// <summary>
/// The address of a broker: <c>redis://[USER@]HOST[:PORT][,HOST[:PORT]…][/DATABASE]</c>, or <c>amqp://</c> for RabbitMQ
/// with a virtual host instead of a database. With TLS, the schemes are <c>rediss://</c> and <c>amqps://</c>. With a
/// Sentinel service, the hosts are those of the sentinels.
/// </summary>
internal sealed record BrokerAddress
{
    public const string Format =
        "redis://HOST:PORT or amqp://HOST:PORT, and rediss:// or amqps:// for TLS; a user, several hosts and a "
        + "database or virtual host are possible: rediss://jan@a:6379,b:6379/2";

    private const int SentinelPort = 26379;
    private const int MaxDatabase = 1_000_000;

    private static readonly (string Scheme, BrokerKind Kind, bool Tls, int Port)[] Schemes =
    [
        ("redis", BrokerKind.Redis, false, 6379),
        ("rediss", BrokerKind.Redis, true, 6379),
        ("amqp", BrokerKind.RabbitMq, false, 5672),
        ("amqps", BrokerKind.RabbitMq, true, 5671),
    ];

    public required BrokerKind Kind { get; init; }

    public required IReadOnlyList<BrokerHost> Hosts { get; init; }

    public bool Tls { get; init; }

    public string? User { get; init; }

    /// <summary>The Redis database.</summary>
    public int Database { get; init; }

    /// <summary>The RabbitMQ virtual host.</summary>
    public string VirtualHost { get; init; } = "/";

    /// <summary>The name of the Sentinel service; null if the hosts are Redis servers rather than sentinels.</summary>
    public string? Sentinel { get; init; }

    /// <summary>Parses an address. Returns false and the error if the address is not valid.</summary>
    public static bool TryParse(
        string text,
        string? sentinel,
        [NotNullWhen(true)] out BrokerAddress? address,
        [NotNullWhen(false)] out string? fault
    )
    {
        (address, fault) = (null, null);
        var end = text.IndexOf("://", StringComparison.Ordinal);
        var scheme = Schemes.FirstOrDefault(known => end > 0 && known.Scheme == text[..end]);
        if (scheme.Scheme is null)
        {
            fault = $"The address '{Clip(text)}' is not valid. Use {Format}.";
            return false;
        }
        var rest = text[(end + 3)..];
        string? user = null;
        if (rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
            (user, rest) = (rest[..at], rest[(at + 1)..]);
        if (user?.Contains(':', StringComparison.Ordinal) == true)
        {
            fault = "The address contains a password. Send the password separately, because addresses are displayed.";
            return false;
        }
        var path = "";
        if (rest.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
            (path, rest) = (rest[(slash + 1)..], rest[..slash]);
        var database = 0;
        if (
            scheme.Kind == BrokerKind.Redis
            && path.Length > 0
            && (
                !int.TryParse(path, NumberStyles.None, CultureInfo.InvariantCulture, out database)
                || database > MaxDatabase
            )
        )
        {
            fault = $"The database '{Clip(path)}' in the address is not valid. Use a number, such as 0.";
            return false;
        }
        var hosts = new List<BrokerHost>();
        foreach (var part in rest.Split(','))
        {
            if (!BrokerHost.TryParse(part, sentinel is null ? scheme.Port : SentinelPort, out var host))
            {
                fault = $"The host '{Clip(part)}' in the address is not valid. Use {Format}.";
                return false;
            }
            hosts.Add(host);
        }
        address = new BrokerAddress
        {
            Kind = scheme.Kind,
            Hosts = hosts,
            Tls = scheme.Tls,
            User = user is { Length: > 0 } ? Uri.UnescapeDataString(user) : null,
            Database = database,
            VirtualHost = scheme.Kind == BrokerKind.RabbitMq && path.Length > 0 ? Uri.UnescapeDataString(path) : "/",
            Sentinel = sentinel,
        };
        return true;
    }

    /// <summary>
    /// Returns whether an address names the same data: the user and the encryption of the connection may differ.
    /// </summary>
    public bool HoldsDataOf(BrokerAddress other) =>
        (Kind, Database, VirtualHost, Sentinel) == (other.Kind, other.Database, other.VirtualHost, other.Sentinel)
        && Hosts.SequenceEqual(other.Hosts);

    public override string ToString()
    {
        var scheme = Schemes.First(known => known.Kind == Kind && known.Tls == Tls).Scheme;
        var path =
            VirtualHost != "/" ? $"/{Uri.EscapeDataString(VirtualHost)}"
            : Database != 0 ? $"/{Database}"
            : "";
        return $"{scheme}://{(User is null ? "" : Uri.EscapeDataString(User) + "@")}{string.Join(',', Hosts)}{path}";
    }

    private static string Clip(string text) => text.Length <= 100 ? text : text[..100] + "…";
}
