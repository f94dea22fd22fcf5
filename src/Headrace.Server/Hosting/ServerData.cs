using Headrace.Core;
using Headrace.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// The data folder of a server, the lock on the folder, the open store, and the path of the socket. They are opened
/// before the HTTP host is created, and closed after the host has stopped.
/// </summary>
internal sealed class ServerData
{
    private ServerData(DataFolder folder, OwnedStore store, CrashMarker? end, string socket) =>
        (Folder, Store, End, Socket) = (folder, store, end, socket);

    public DataFolder Folder { get; }

    public OwnedStore Store { get; }

    /// <summary>Records whether the server ends cleanly; null if the store does not use a disk.</summary>
    public CrashMarker? End { get; }

    /// <summary>The path at which the server listens.</summary>
    public string Socket { get; }

    /// <summary>
    /// Locks the folder, checks the database if the last server did not end cleanly, and opens the store. If any of
    /// these steps fails, closes everything again and throws <see cref="StartRefusedException"/>.
    /// </summary>
    public static async Task<ServerData> OpenAsync(
        ServerOptions options,
        ServerDependencies parts,
        CancellationToken cancellationToken
    )
    {
        var folder = DataFolder.Lock(options.Data);
        IJobStore? jobStore = null;
        try
        {
            using var logs = LogsBeforeHost(parts);
            var end =
                options.Store == StoreKind.Memory
                    ? null
                    : new CrashMarker(folder.Path, JobStores.FileOf(options), parts.Time);
            if (end is { NeedsCheck: true })
                await end.CheckAsync(logs.CreateLogger<CrashMarker>());
            jobStore = parts.CreateJobStore(options, parts.Time);
            var epoch = await OpenStoreAsync(jobStore, Ballast.Of(options), cancellationToken);
            end?.Create();
            var socket = await LocalSocket.PrepareAsync(
                jobStore.Store.Id,
                [.. parts.SocketFolders, folder.Path],
                logs.CreateLogger(typeof(LocalSocket)),
                cancellationToken
            );
            return new ServerData(folder, new OwnedStore(jobStore, epoch), end, socket);
        }
        catch
        {
            if (jobStore is not null)
                await jobStore.DisposeAsync();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Deletes the socket, closes the store and releases the folder. If the store did not fail, the next start does not
    /// check it.
    /// </summary>
    public async Task CloseAsync(bool hasFailed)
    {
        LocalSocket.Delete(Socket);
        await Store.Store.DisposeAsync();
        if (!hasFailed)
            End?.Delete();
        Folder.Dispose();
    }

    /// <summary>
    /// Closes the store and releases the folder after the server failed to start. The next start checks the store.
    /// </summary>
    public async Task AbandonAsync()
    {
        await Store.Store.DisposeAsync();
        Folder.Dispose();
    }

    private static async Task<Epoch> OpenStoreAsync(
        IJobStore jobStore,
        Ballast? ballast,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await jobStore.OpenAsync(
                new StoreOwner(Environment.MachineName, Environment.ProcessId),
                cancellationToken
            );
        }
        catch (SqliteStoreException full) when (full.DiskFull && ballast?.TryRelease() == true)
        {
            // The disk is full. Releasing the ballast allows the server to start, so that it can record the outcomes of
            // running jobs.
            return await OpenStoreAsync(jobStore, null, cancellationToken);
        }
        catch (HeadraceException refused)
        {
            throw new StartRefusedException(ServerExit.Refused, refused.Message);
        }
    }

    /// <summary>
    /// Creates the logger factory for the steps before the host is created. The host has its own loggers.
    /// </summary>
    private static ILoggerFactory LogsBeforeHost(ServerDependencies parts) =>
        LoggerFactory.Create(logging =>
        {
            logging.Services.AddSingleton(parts.Time);
            parts.Logging(logging);
        });
}
