namespace Headrace.Client;

/// <summary>Where a server listens: over TCP, or on a Unix socket.</summary>
internal sealed record ServerAddress(Uri Url, string? Socket)
{
    public const string Default = "http://127.0.0.1:8080";

    private const string SocketScheme = "unix:";

    public static ServerAddress Parse(string text)
    {
        if (text.StartsWith(SocketScheme, StringComparison.Ordinal))
        {
            var path = text[SocketScheme.Length..];
            if (!Path.IsPathRooted(path))
                throw new ArgumentException(
                    $"The server address '{text}' names no absolute path. Write unix:/path/to.sock."
                );
            // The host name is never looked up: the connection goes to the socket.
            return new ServerAddress(new Uri("http://localhost/"), path);
        }
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new ArgumentException(
                $"The server address '{text}' cannot be read. Write one address such as {Default} or unix:/path/to.sock."
            );
        return new ServerAddress(new Uri(url.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/"), null);
    }

    /// <summary>The address as it is written.</summary>
    public override string ToString() => Socket is null ? Url.ToString().TrimEnd('/') : SocketScheme + Socket;
}
