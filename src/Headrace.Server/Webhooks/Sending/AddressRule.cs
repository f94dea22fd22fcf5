using System.Net;

namespace Headrace.Server.Webhooks.Sending;

/// <summary>
/// Decides to which addresses the server sends webhooks. By default, it sends them only to the public internet.
/// Otherwise, a user could create a webhook to reach services that are visible only from this machine or its network,
/// such as the metadata service of a cloud.
/// </summary>
/// <param name="allowed">The networks that the operator allows in addition, also without TLS.</param>
internal sealed class AddressRule(IReadOnlyList<IPNetwork> allowed)
{
    /// <summary>
    /// IPv4 networks that are not part of the public internet, from the IANA registry of special-purpose addresses:
    /// this host, private, shared (also metadata services), loopback, link-local (metadata services), protocol
    /// assignments, documentation, 6to4 relays, benchmarks, multicast, reserved and broadcast. In addition, the public
    /// address at which Azure serves each virtual machine from its own host.
    /// </summary>
    private static readonly IPNetwork[] SpecialV4 =
    [
        .. new[]
        {
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>
    /// The public part of IPv6. Everything else is loopback, private, link-local, multicast or unassigned.
    /// </summary>
    private static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");

    /// <summary>
    /// Networks inside the public part that are not public: protocol assignments with Teredo, documentation, and 6to4,
    /// whose addresses contain an IPv4 address.
    /// </summary>
    private static readonly IPNetwork[] SpecialV6 =
    [
        .. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse),
    ];

    /// <summary>The prefix with which a network translates IPv6 to the IPv4 address in the last four bytes.</summary>
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Whether any network is allowed in addition to the public internet.</summary>
    public bool AllowsNetworks => allowed.Count > 0;

    /// <summary>Whether the address is in a network that the operator allows.</summary>
    public bool IsAllowed(IPAddress address)
    {
        var actual = Actual(address);
        return allowed.Any(network => network.Contains(actual));
    }

    /// <summary>
    /// Whether a connection to this address is permitted. Without TLS, only the networks that the operator allows are.
    /// </summary>
    public bool Permits(IPAddress address, bool usesTls) => IsAllowed(address) || (usesTls && IsPublic(address));

    public static bool IsPublic(IPAddress address)
    {
        var actual = Actual(address);
        return actual.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
            ? !SpecialV4.Any(network => network.Contains(actual))
            : PublicV6.Contains(actual) && !SpecialV6.Any(network => network.Contains(actual));
    }

    /// <summary>Returns the IPv4 address that an IPv6 address stands for.</summary>
    private static IPAddress Actual(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : Translated.Contains(address) ? new IPAddress(address.GetAddressBytes().AsSpan()[^4..])
        : address;
}
