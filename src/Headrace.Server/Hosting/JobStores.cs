using Headrace.Core;
using Headrace.Storage.Memory;
using Headrace.Storage.Sqlite;

namespace Headrace.Server.Hosting;

/// <summary>Creates the job store that the options specify.</summary>
internal static class JobStores
{
    /// <summary>
    /// The path of the embedded store's main file. The names of the store's other files are derived from it.
    /// </summary>
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
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Store, "Unsupported store kind."),
        };
}
