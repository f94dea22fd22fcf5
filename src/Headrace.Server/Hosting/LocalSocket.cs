using System.Net.Sockets;
using System.Text;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;

namespace Headrace.Server.Hosting;

/// <summary>
/// The Unix socket through which workers and commands of the same machine come: in a folder that only its user may
/// enter, named for the store.
/// </summary>
internal static class LocalSocket
{
    /// <summary>The kernel's bound on a socket's path, without the closing zero byte.</summary>
    private const int LongestPath = 107;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// Prepares the place. A socket left by a server that was killed is removed: the lock on the data folder says that
    /// this is its successor.
    /// </summary>
    public static async Task<string> PrepareAsync(StoreId store, CancellationToken cancellationToken)
    {
        var folder = LocalPaths.Sockets(Unix.UserId());
        var path = Path.Combine(folder, $"{store}.sock");
        if (Encoding.UTF8.GetByteCount(path) > LongestPath)
            throw new StartRefusedException(
                ServerExit.Refused,
                $"The socket's path {path} is longer than {LongestPath} bytes. Set XDG_RUNTIME_DIR to a shorter folder."
            );
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            // Where another user made the folder first, that user could put a socket of his own in our place: it must
            // be ours to close, and to look into.
            if (File.GetUnixFileMode(folder) != OwnerOnly)
                File.SetUnixFileMode(folder, OwnerOnly);
            _ = Directory.EnumerateFileSystemEntries(folder).Any();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(
                ServerExit.NotAllowed,
                $"The socket folder {folder} must belong to this user alone: {refused.Message} Remove it, or set XDG_RUNTIME_DIR."
            );
        }
        if (!File.Exists(path))
            return path;
        if (await AnswersAsync(path, cancellationToken))
            throw new StartRefusedException(
                ServerExit.Refused,
                $"Another server answers at {path}, for a copy of this store. Stop that one: a copied data folder keeps the identity of the original, and only one of them can be served at a time."
            );
        File.Delete(path);
        return path;
    }

    private static async Task<bool> AnswersAsync(string path, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
