using System.Net;

namespace Headrace.Server.Webhooks;

/// <summary>Where the server may send webhooks.</summary>
public sealed record WebhookOptions
{
    /// <summary>The expected format of <see cref="Networks"/>, for messages.</summary>
    public const string Format = "addresses or networks such as 10.1.2.3 or 10.0.0.0/8";

    /// <summary>
    /// Networks outside the public internet to which webhooks may be sent, even without TLS. Keep these networks small,
    /// because a user with a webhook can reach any service in them that the server can reach.
    /// </summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    internal IReadOnlyList<IPNetwork> AllowedNetworks => [.. Networks.Select(Parse).OfType<IPNetwork>()];

    /// <summary>Adds a message for each error in the options.</summary>
    internal void Validate(List<string> faults) =>
        faults.AddRange(
            from network in Networks
            where Parse(network) is null
            select $"The network '{network}' for webhooks is not valid. Use {Format}."
        );

    private static IPNetwork? Parse(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}
