using Headrace.Core;
using Headrace.Protocol.Local;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// The files through which other processes reach a running server, and the loop that restores them
/// (<see cref="FileMonitor"/>). Created when the server listens on its socket.
/// </summary>
internal sealed class PublishedFiles(
    DataFolder folder,
    string socket,
    LocalSocketTransport transport,
    TimeProvider time,
    ILoggerFactory logs
)
{
    private readonly SocketFile _socket = new(socket, transport, logs.CreateLogger<SocketFile>());
    private RunningServerFile? _runningServer;

    /// <summary>The reason why the data folder is lost; null while it exists. Written by the loop.</summary>
    private volatile string? _folderLost;

    /// <summary>The reason why the data folder is lost; null while it exists.</summary>
    public string? FolderLost => _folderLost;

    /// <summary>Whether the socket was deleted and cannot be created again.</summary>
    public bool IsSocketLost => _socket.IsLost;

    /// <summary>Writes the file that the same user's command line reads to find this server.</summary>
    public void Announce(RunningServer server)
    {
        _runningServer = new RunningServerFile(server, logs.CreateLogger<RunningServerFile>());
        _runningServer.Restore();
    }

    /// <summary>
    /// Restores deleted files until cancelled. If the data folder is lost, calls <paramref name="onFolderLost"/> with
    /// the reason and returns.
    /// </summary>
    public async Task MonitorAsync(ServerSecrets secrets, Action<Reason> onFolderLost, CancellationToken stop)
    {
        var monitor = new FileMonitor(folder, secrets, _socket, _runningServer, time, logs.CreateLogger<FileMonitor>());
        if (await monitor.RunAsync(stop) is not { } lost)
            return;
        _folderLost = lost.Detail;
        onFolderLost(lost);
    }

    /// <summary>Deletes the file that the command line reads to find this server.</summary>
    public void Withdraw() => _runningServer?.Delete();
}
