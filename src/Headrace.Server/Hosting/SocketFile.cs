using System.Net.Sockets;
using Headrace.Server.Machine;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// The file of the Unix socket. If it is deleted or replaced, existing connections continue, but no worker or command
/// can open a new one.
/// </summary>
internal sealed partial class SocketFile(string path, LocalSocketTransport transport, ILogger<SocketFile> logger)
{
    private FileId? _id = FileStatus.OfLink(path)?.Id;

    /// <summary>
    /// Whether the last check failed to re-create a deleted socket. Written by the monitor, and read when a worker
    /// starts.
    /// </summary>
    private volatile bool _isLost;

    /// <summary>
    /// Whether a process that starts now cannot connect because the socket file is missing. The monitor may not have
    /// detected this yet.
    /// </summary>
    public bool IsLost => _isLost || !File.Exists(path);

    /// <summary>Creates the socket again if its file is no longer the one that this server created.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (_id is { } id ? FileStatus.OfLink(path)?.Id == id : File.Exists(path))
            return;
        try
        {
            if (LocalSocket.PrepareFolder(Path.GetDirectoryName(path)!) is { } refusal)
                throw new IOException($"its folder {refusal}");
            await transport.ListenAgainAsync(cancellationToken);
            _id = FileStatus.OfLink(path)?.Id;
            _isLost = false;
            Restored(path);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or SocketException)
        {
            if (!_isLost)
                CannotRestore(path, failed.Message.TrimEnd('.'));
            _isLost = true;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The socket {Path} was deleted. Created it again")]
    private partial void Restored(string path);

    [LoggerMessage(
        LogLevel.Error,
        "The socket {Path} was deleted and cannot be created again: {Why}. New local workers use the port instead"
    )]
    private partial void CannotRestore(string path, string why);
}
