using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Headrace.Server.Hosting;

/// <summary>
/// Listens on the Unix socket of the server, and can create the socket again after its file is deleted. The file can be
/// deleted while the server is running, for example by a program that removes old temporary files, or when the user
/// logs out. Existing connections are not affected.
/// </summary>
internal sealed class LocalSocketTransport(IOptions<SocketTransportOptions> options, ILoggerFactory logs)
    : IConnectionListenerFactory,
        IConnectionListenerFactorySelector
{
    private readonly SocketTransportFactory _sockets = new(options, logs);
    private Func<CancellationToken, Task>? _listenAgain;

    public bool CanBind(EndPoint endpoint) => endpoint is UnixDomainSocketEndPoint;

    public async ValueTask<IConnectionListener> BindAsync(
        EndPoint endpoint,
        CancellationToken cancellationToken = default
    )
    {
        var listener = new Listener(endpoint, await _sockets.BindAsync(endpoint, cancellationToken));
        _listenAgain = stop => ListenAgainAsync(listener, stop);
        return listener;
    }

    /// <summary>
    /// Listens at the same path again. Throws <see cref="IOException"/> or <see cref="SocketException"/> if the socket
    /// cannot be created.
    /// </summary>
    public Task ListenAgainAsync(CancellationToken cancellationToken) =>
        _listenAgain?.Invoke(cancellationToken) ?? throw new InvalidOperationException("The socket is not bound.");

    private async Task ListenAgainAsync(Listener listener, CancellationToken cancellationToken)
    {
        var path = listener.EndPoint.ToString()!;
        // The new socket gets its final name only after the old socket is closed, because closing the old socket
        // deletes the file at its path.
        var draft = path + ".new";
        LocalSocket.Delete(draft);
        await listener.ReplaceAsync(
            await _sockets.BindAsync(new UnixDomainSocketEndPoint(draft), cancellationToken),
            cancellationToken
        );
        File.Move(draft, path, overwrite: true);
    }

    /// <summary>A listener whose socket can be replaced while a caller waits for the next connection.</summary>
    private sealed class Listener(EndPoint endpoint, IConnectionListener first) : IConnectionListener
    {
        /// <summary>
        /// The current listener. Replaced by <see cref="ReplaceAsync"/>, which runs only before the server stops.
        /// </summary>
        private volatile IConnectionListener _current = first;

        /// <summary>
        /// The replaced listeners. They are disposed of only together with this object, because open connections may
        /// still use their buffers.
        /// </summary>
        private readonly List<IConnectionListener> _replaced = [];

        public EndPoint EndPoint => endpoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                var current = _current;
                var connection = await current.AcceptAsync(cancellationToken);
                if (connection is not null || ReferenceEquals(current, _current))
                    return connection;
            }
        }

        public async Task ReplaceAsync(IConnectionListener next, CancellationToken cancellationToken)
        {
            var old = _current;
            _current = next;
            // Ends the wait for a connection on the old socket; the waiting caller continues with the new one.
            await old.UnbindAsync(cancellationToken);
            _replaced.Add(old);
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) =>
            _current.UnbindAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            foreach (var old in _replaced)
                await old.DisposeAsync();
            await _current.DisposeAsync();
        }
    }
}
