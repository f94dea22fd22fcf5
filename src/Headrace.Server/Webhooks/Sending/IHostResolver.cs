using System.Net;

namespace Headrace.Server.Webhooks.Sending;

/// <summary>Finds the addresses of a host name.</summary>
internal interface IHostResolver
{
    Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken);
}
