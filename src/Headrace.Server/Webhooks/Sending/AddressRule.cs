using System.Net;

namespace Headrace.Server.Webhooks.Sending;

/// <summary>
/// Decides to which addresses the server may send webhooks. By default, these are only addresses on the public
/// internet. Otherwise, a user could create a webhook to reach services that are visible only from this machine or its
/// network, such as a cloud metadata service.
/// </summary>
/// <param name="allowed">Additional networks that the operator allows, even without TLS.</param>
internal sealed class AddressRule(IReadOnlyList<IPNetwork> allowed)
{
    /// <summary>
    /// IPv4 networks that are not part of the public internet, from the IANA registry of special-purpose addresses:
    /// this host, private, shared (also metadata services), loopback, link-local (metadata services), protocol
    /// assignments, documentation, 6to4 relays, benchmarks, multicast, reserved and broadcast. The list also contains
    /// the public address of Azure's platform services, which are provided by the host of each virtual machine.
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
    /// Networks in the public part that are not public: protocol assignments with Teredo, documentation, and 6to4,
    /// whose addresses contain an IPv4 address.
    /// </summary>
    private static readonly IPNetwork[] SpecialV6 =
    [
        .. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse),
    ];

    /// <summary>
    /// The NAT64 prefix. Addresses with this prefix are translated to the IPv4 address in their last four bytes.
    /// </summary>
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Whether any networks are allowed in addition to the public internet.</summary>
    public bool AllowsNetworks => allowed.Count > 0;

    /// <summary>Returns whether the address is in a network that the operator allows.</summary>
    public bool IsAllowed(IPAddress address)
    {
        var actual = Actual(address);
        return allowed.Any(network => network.Contains(actual));
    }

    /// <summary>
    /// Returns whether a connection to this address is permitted. Without TLS, connections are permitted only to the
    /// networks that the operator allows.
    /// </summary>
    public bool Permits(IPAddress address, bool usesTls) => IsAllowed(address) || (usesTls && IsPublic(address));

    public static bool IsPublic(IPAddress address)
    {
        var actual = Actual(address);
        return actual.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork
            ? !SpecialV4.Any(network => network.Contains(actual))
            : PublicV6.Contains(actual) && !SpecialV6.Any(network => network.Contains(actual));
    }

    /// <summary>Returns the IPv4 address that an IPv6 address represents, and any other address unchanged.</summary>
    private static IPAddress Actual(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : Translated.Contains(address) ? new IPAddress(address.GetAddressBytes().AsSpan()[^4..])
        : address;
}
