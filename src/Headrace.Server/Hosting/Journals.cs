using Headrace.Core;
using Headrace.Storage.Memory;
using Headrace.Storage.Sqlite;

namespace Headrace.Server.Hosting;

/// <summary>Which journal the options ask for.</summary>
internal static class Journals
{
    /// <summary>The file of the embedded store; what lies beside it is named after it.</summary>
    public static string FileOf(ServerOptions options) => Path.Combine(Path.GetFullPath(options.Data), "headrace.db");

    public static IJobStore Create(ServerOptions options, TimeProvider time) =>
        options.Store switch
        {
            StoreKind.Memory => MemoryJobStore.Create(time),
            _ => SqliteJobStore.Create(
                FileOf(options),
                options.Durability == StoreDurability.Os ? Durability.Os : Durability.Fsync,
                time
            ),
        };
}
