using System.Diagnostics.CodeAnalysis;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Where a server listens: <c>http://host:port</c>, <c>https://host:port</c>, or <c>unix:/path/to.sock</c>.
/// </summary>
internal sealed record ServerAddress(Uri Url, string? Socket)
{
    public const string Words = "an address such as http://127.0.0.1:8080 or unix:/path/to.sock";

    private const string SocketScheme = "unix:";

    public static bool TryParse(string text, [NotNullWhen(true)] out ServerAddress? address)
    {
        address = null;
        if (text.StartsWith(SocketScheme, StringComparison.Ordinal))
        {
            var path = text[SocketScheme.Length..];
            // The name of the host is never looked up: the connection goes to the socket.
            if (Path.IsPathRooted(path))
                address = new ServerAddress(new Uri("http://localhost/"), path);
        }
        else if (
            Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https"
            && url is { PathAndQuery: "/", UserInfo: "" }
        )
        {
            address = new ServerAddress(url, null);
        }
        return address is not null;
    }

    public override string ToString() => Socket is null ? Url.GetLeftPart(UriPartial.Authority) : SocketScheme + Socket;
}
