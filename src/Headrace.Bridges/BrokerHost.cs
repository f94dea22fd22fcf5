using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Headrace.Bridges;

/// <summary>The host and port of a broker.</summary>
internal sealed record BrokerHost(string Name, int Port)
{
    /// <summary>Parses <c>HOST</c>, <c>HOST:PORT</c> or <c>[IPV6]:PORT</c>.</summary>
    public static bool TryParse(string text, int defaultPort, [NotNullWhen(true)] out BrokerHost? host)
    {
        host = null;
        var end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) + 1 : text.LastIndexOf(':');
        var name = end > 0 ? text[..end] : text;
        var port = defaultPort;
        if (end > 0 && end < text.Length)
        {
            if (
                text[end] != ':'
                || !int.TryParse(text[(end + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port)
                || port is < 1 or > ushort.MaxValue
            )
                return false;
        }
        if (Uri.CheckHostName(name.Trim('[', ']')) == UriHostNameType.Unknown)
            return false;
        host = new BrokerHost(name, port);
        return true;
    }

    public override string ToString() => $"{Name}:{Port}";
}
