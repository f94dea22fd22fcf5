using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headrace.Server.Hosting;

/// <summary>
/// Listens on the ports and on the Unix socket, and closes a connection above the limit of its endpoint before
/// accepting the next one. Kestrel has the same limit, but applies it on the thread pool after accepting every waiting
/// connection: a burst of connections would use up the last file descriptors, and the runtime would end the process.
/// Kestrel's limit is still needed, because it counts a connection until its request has ended, even if the client has
/// already disconnected.
/// </summary>
internal sealed class BoundedTransport(
    LocalSocketTransport local,
    IOptions<SocketTransportOptions> options,
    ILoggerFactory logs,
    long maxConnections
) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _ports = new(options, logs);

    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint;

    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint,
        CancellationToken cancellationToken = default
    ) =>
        new Listener(
            endpoint is UnixDomainSocketEndPoint
                ? await local.BindAsync(endpoint, cancellationToken)
                : await _ports.BindAsync(endpoint, cancellationToken),
            maxConnections
        );

    private sealed class Listener(IConnectionListener inner, long max) : IConnectionListener
    {
        private long _open;

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await inner.AcceptAsync(cancellationToken) is { } connection)
            {
                if (Interlocked.Increment(ref _open) <= max)
                {
                    connection.ConnectionClosed.UnsafeRegister(
                        static state => Interlocked.Decrement(ref ((Listener)state!)._open),
                        this
                    );
                    return connection;
                }
                Interlocked.Decrement(ref _open);
                await connection.DisposeAsync();
            }
            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) =>
            inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
