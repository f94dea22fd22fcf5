using System.Net.Sockets;
using System.Text;
using Headrace.Core;
using Headrace.Server.Machine;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// The Unix socket for workers and commands on the same machine. The socket is named after the store, and its folder is
/// accessible only to the user who runs the server.
/// </summary>
internal static partial class LocalSocket
{
    /// <summary>
    /// The kernel's limit on the length of a socket path, in bytes, excluding the terminating zero byte.
    /// </summary>
    private const int LongestPath = 107;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// Prepares the first folder that can be used and returns the path of the socket. Deletes a socket left by a killed
    /// server: the lock on the data folder guarantees that no other server uses this store.
    /// </summary>
    /// <param name="store">The id of the store, from which the name of the socket is derived.</param>
    /// <param name="folders">
    /// The folders in order of preference. The last one is the data folder. Its path may be too long, but it is always
    /// accessible, and the next server that uses this store selects the same path.
    /// </param>
    /// <param name="logger">Logs why a folder is not used.</param>
    /// <param name="cancellationToken">Aborts the server start.</param>
    public static async Task<string> PrepareAsync(
        StoreId store,
        IReadOnlyList<string> folders,
        ILogger logger,
        CancellationToken cancellationToken
    )
    {
        var path = Choose(store, [.. folders.Select(Path.GetFullPath).Distinct()], logger);
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

    /// <summary>
    /// Creates the folder of the socket if it does not exist. Returns the reason if the folder cannot be used, or if
    /// another user controls it and could replace the socket; otherwise null.
    /// </summary>
    public static string? PrepareFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            // The permissions of a link are those of its target, so a link made by another user must not be followed.
            if (new DirectoryInfo(folder).LinkTarget is not null)
                return "is a symbolic link";
            if (FileStatus.OfLink(folder) is { } found && found.Owner != Unix.UserId())
                return "belongs to another user";
            // Only the owner of the folder can change its mode and list it.
            if (File.GetUnixFileMode(folder) != OwnerOnly)
                File.SetUnixFileMode(folder, OwnerOnly);
            _ = Directory.EnumerateFileSystemEntries(folder).Any();
            return null;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return $"cannot be used: {refused.Message.TrimEnd('.')}";
        }
    }

    /// <summary>Deletes the socket. It is not an error if the socket or its folder has already been deleted.</summary>
    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // If the socket remains, the next start replaces it.
        }
    }

    private static string Choose(StoreId store, IReadOnlyList<string> folders, ILogger logger)
    {
        var name = $"{store}.sock";
        var refusals = new List<string>();
        foreach (var folder in folders)
        {
            var path = Path.Combine(folder, name);
            var reason =
                Encoding.UTF8.GetByteCount(path) > LongestPath ? $"gives a socket path of more than {LongestPath} bytes"
                : folder == folders[^1] ? null
                : PrepareFolder(folder);
            if (reason is null)
            {
                foreach (var refusal in refusals)
                    UsingOtherFolder(logger, refusal, folder);
                return path;
            }
            refusals.Add($"The socket folder {folder} {reason}.");
        }
        throw new StartRefusedException(
            ServerExit.NotAllowed,
            $"{string.Join(" ", refusals)} Set XDG_RUNTIME_DIR to a folder that belongs to user {Environment.UserName} "
                + "and has a short path."
        );
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

    [LoggerMessage(LogLevel.Warning, "{Refusal} The socket is created in {Folder} instead")]
    private static partial void UsingOtherFolder(ILogger logger, string refusal, string folder);
}
