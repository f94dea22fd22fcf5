using System.Net.Sockets;
using System.Text;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;

namespace Headrace.Server.Hosting;

/// <summary>
/// The Unix socket for workers and commands on the same machine. It is named after the store, and its folder is
/// accessible only to the user who runs the server.
/// </summary>
internal static class LocalSocket
{
    /// <summary>
    /// The kernel's limit for the length of a socket path in bytes, excluding the terminating zero byte.
    /// </summary>
    private const int LongestPath = 107;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// Prepares the folder and returns the path of the socket. Deletes a socket left by a killed server: the lock on
    /// the data folder guarantees that no other server uses this store.
    /// </summary>
    public static async Task<string> PrepareAsync(StoreId store, CancellationToken cancellationToken)
    {
        var folder = LocalPaths.Sockets(Unix.UserId());
        var path = Path.Combine(folder, $"{store}.sock");
        if (Encoding.UTF8.GetByteCount(path) > LongestPath)
            throw new StartRefusedException(
                ServerExit.Refused,
                $"The socket path {path} is longer than {LongestPath} bytes. Set XDG_RUNTIME_DIR to a shorter path."
            );
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            // If another user had created the folder first, that user could replace our socket. Changing the mode and
            // listing the folder succeed only for its owner.
            if (File.GetUnixFileMode(folder) != OwnerOnly)
                File.SetUnixFileMode(folder, OwnerOnly);
            _ = Directory.EnumerateFileSystemEntries(folder).Any();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(
                ServerExit.NotAllowed,
                $"The socket folder {folder} must belong to the current user: {refused.Message} Remove the "
                    + "folder, or set XDG_RUNTIME_DIR to another one."
            );
        }
        if (!File.Exists(path))
            return path;
        if (await AnswersAsync(path, cancellationToken))
            throw new StartRefusedException(
                ServerExit.Refused,
                $"Another server is listening at {path} with a copy of this store. Stop that server: a copied "
                    + "data folder keeps the identity of the original, and only one of the two can be in use at "
                    + "a time."
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
