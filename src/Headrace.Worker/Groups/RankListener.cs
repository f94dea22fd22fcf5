using System.Net.Sockets;
using System.Text;
using Headrace.Core;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Groups;

/// <summary>The socket to which the ranks of one group connect. Only this user can open its folder.</summary>
internal sealed class RankListener : IDisposable
{
    /// <summary>
    /// Maximum length of the path of a socket. The kernel allows 108 bytes, including the terminating null.
    /// </summary>
    private const int MaxPath = 107;

    private readonly Socket _socket;

    private RankListener(Socket socket, string path) => (_socket, Path) = (socket, path);

    public string Path { get; }

    /// <summary>Gets the number of the descriptor. The descriptor becomes readable when a rank connects.</summary>
    public int Number => (int)_socket.Handle;

    /// <summary>Starts listening. Throws <see cref="HeadraceException"/> if that fails.</summary>
    public static RankListener Open(string path, int ranks)
    {
        if (Encoding.UTF8.GetByteCount(path) > MaxPath)
            throw new HeadraceException(
                $"The socket path for the ranks is longer than {MaxPath} bytes: {path}. Set the worker's TMPDIR "
                    + "to a shorter path."
            );
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen(ranks);
            socket.Blocking = false;
            return new RankListener(socket, path);
        }
        catch (SocketException failed)
        {
            socket.Dispose();
            throw new HeadraceException($"The socket {path} could not be opened: {failed.Message}");
        }
    }

    /// <summary>Accepts the next connection; returns null if there is none.</summary>
    public Descriptor? TryAccept()
    {
        var file = Libc.Accept(Number, 0, 0, Libc.CloseOnExec | Libc.NonBlocking);
        return file < 0 ? null : new Descriptor(file);
    }

    public void Dispose() => _socket.Dispose();
}
