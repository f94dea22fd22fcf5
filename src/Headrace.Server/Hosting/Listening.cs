using System.Net.Sockets;
using Headrace.Server.Machine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;

namespace Headrace.Server.Hosting;

/// <summary>Starts to listen for requests, and explains why a server cannot listen.</summary>
internal static class Listening
{
    /// <summary>
    /// Returns the maximum number of connections per endpoint. Throws <see cref="StartRefusedException"/> if the
    /// process may not open enough file descriptors.
    /// </summary>
    public static long MaxConnections(ServerOptions options)
    {
        var (descriptors, workers) = (Unix.DescriptorLimit(), options.AllPools.Sum(pool => pool.Policy.Max));
        return ConnectionLimit.PerEndpoint(descriptors, workers)
            ?? throw new StartRefusedException(ServerExit.Refused, ConnectionLimit.Refusal(descriptors, workers));
    }

    /// <summary>
    /// Starts the host. Throws <see cref="StartRefusedException"/> if the port cannot be used.
    /// </summary>
    public static async Task StartAsync(WebApplication app, int port, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new StartRefusedException(
                ServerExit.Refused,
                $"Port {port} of 127.0.0.1 is in use. Stop the program that listens on it, or choose "
                    + "another port with --port; 0 selects a free port."
            );
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new StartRefusedException(
                ServerExit.NotAllowed,
                $"User {Environment.UserName} is not allowed to listen on port {port}. Choose a port "
                    + "from 1024 to 65535 with --port."
            );
        }
    }
}
