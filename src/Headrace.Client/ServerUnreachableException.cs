using Headrace.Core;

namespace Headrace.Client;

/// <summary>The server did not answer: it is not there, or the connection broke.</summary>
public sealed class ServerUnreachableException : HeadraceException
{
    /// <summary>Names the server and what went wrong.</summary>
    public ServerUnreachableException(string server, string why, bool mayHaveArrived, Exception? inner = null)
        : base($"The server at {server} cannot be reached: {why}", inner!)
    {
        Server = server;
        MayHaveArrived = mayHaveArrived;
    }

    /// <summary>The server's address.</summary>
    public string Server { get; }

    /// <summary>False when no connection came about, so the server cannot have seen the call.</summary>
    public bool MayHaveArrived { get; }

    /// <summary>Always: a server may come back.</summary>
    public override bool IsTransient => true;
}
