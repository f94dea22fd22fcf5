using System.Net.Sockets;
using Headrace.Server.Machine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;

namespace Headrace.Server.Hosting;

/// <summary>Starts listening for requests. If that fails, the error message explains the cause.</summary>
internal static class Listening
{
    /// <summary>
    /// Returns the maximum number of connections per endpoint. Throws <see cref="StartRefusedException"/> if the
    /// process cannot open enough file descriptors.
    /// </summary>
    public static long MaxConnections(ServerOptions options)
    {
        var (descriptors, workers) = (Unix.DescriptorLimit(), options.AllPools.Sum(pool => pool.Policy.Max));
        // The socket, the loopback port, and the address specified by --listen.
        var endpoints = options.Network.Listen is null ? 2 : 3;
        return ConnectionLimit.PerEndpoint(descriptors, workers, endpoints)
            ?? throw new StartRefusedException(
                ServerExit.Refused,
                ConnectionLimit.Refusal(descriptors, workers, endpoints)
            );
    }

    /// <summary>
    /// Starts the host. Throws <see cref="StartRefusedException"/> if the port cannot be used.
    /// </summary>
    public static async Task StartAsync(WebApplication app, ServerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            throw new StartRefusedException(
                ServerExit.Refused,
                options.Network.Listen is { } listen
                    ? $"Port {options.Port} on 127.0.0.1 or {listen} is in use. Stop the program that listens on it, "
                        + "or choose another port with --port or --listen; port 0 selects a free port."
                    : $"Port {options.Port} on 127.0.0.1 is in use. Stop the program that listens on it, or choose "
                        + "another port with --port; 0 selects a free port."
            );
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new StartRefusedException(
                ServerExit.NotAllowed,
                $"User {Environment.UserName} is not allowed to listen on port {options.Port}. Choose a port "
                    + "from 1024 to 65535 with --port."
            );
        }
    }
}
