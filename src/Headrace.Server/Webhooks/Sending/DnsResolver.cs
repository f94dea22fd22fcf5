using System.Net;

namespace Headrace.Server.Webhooks.Sending;

/// <summary>Asks the resolver of the operating system.</summary>
internal sealed class DnsResolver : IHostResolver
{
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken) =>
        await Dns.GetHostAddressesAsync(host, cancellationToken);
}
