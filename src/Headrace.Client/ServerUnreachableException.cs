using Headrace.Core;

namespace Headrace.Client;

/// <summary>Thrown when the server does not reply: it is not running, or the connection was lost.</summary>
public sealed class ServerUnreachableException : HeadraceException
{
    /// <summary>Creates an exception that names the server and the reason.</summary>
    public ServerUnreachableException(string server, string why, bool mayHaveArrived, Exception? inner = null)
        : base($"The server at {server} cannot be reached: {why}", inner!)
    {
        Server = server;
        MayHaveArrived = mayHaveArrived;
    }

    /// <summary>Gets the address of the server.</summary>
    public string Server { get; }

    /// <summary>
    /// Gets a value indicating whether the server may have received the call. False when no connection was established.
    /// </summary>
    public bool MayHaveArrived { get; }

    /// <summary>Always true: the server may become reachable again.</summary>
    public override bool IsTransient => true;
}
