using System.Net;

namespace Headrace.Server.Http;

/// <summary>
/// The names that clients may use to address this server: its loopback names and the configured names.
/// </summary>
internal sealed class HostNames(IEnumerable<string> configured)
{
    private readonly HashSet<string> _configured = new(configured, StringComparer.OrdinalIgnoreCase);

    public bool Contains(string host) => IsLoopback(host) || _configured.Contains(host.Trim('[', ']'));

    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
