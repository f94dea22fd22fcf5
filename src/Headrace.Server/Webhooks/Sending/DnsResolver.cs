using System.Net;

namespace Headrace.Server.Webhooks.Sending;

/// <summary>Resolves host names with the operating system's resolver.</summary>
internal sealed class DnsResolver : IHostResolver
{
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken) =>
        await Dns.GetHostAddressesAsync(host, cancellationToken);
}
