using Headrace.Core;
using Headrace.Storage.Memory;
using Headrace.Storage.Sqlite;

namespace Headrace.Server.Hosting;

/// <summary>Creates the job store that the options select.</summary>
internal static class JobStores
{
    /// <summary>The file of the embedded store; the other files of the store derive their names from it.</summary>
    public static string FileOf(ServerOptions options) => Path.Combine(Path.GetFullPath(options.Data), "headrace.db");

    public static IJobStore Create(ServerOptions options, TimeProvider time) =>
        options.Store switch
        {
            StoreKind.Memory => MemoryJobStore.Create(time),
            StoreKind.Sqlite => SqliteJobStore.Create(
                FileOf(options),
                options.Durability == StoreDurability.Os ? Durability.Os : Durability.Fsync,
                time
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Store, "There is no such store."),
        };
}
