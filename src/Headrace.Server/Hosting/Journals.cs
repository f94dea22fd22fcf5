using Headrace.Core;
using Headrace.Storage.Memory;
using Headrace.Storage.Sqlite;

namespace Headrace.Server.Hosting;

/// <summary>Which journal the options ask for.</summary>
internal static class Journals
{
    public static IJournal Create(ServerOptions options, TimeProvider time) => options.Store switch
    {
        "memory" => MemoryJournal.Create(time),
        _ => SqliteJournal.Create(Path.Combine(Path.GetFullPath(options.Data), "headrace.db"), options.Durability == "os" ? Durability.Os : Durability.Fsync, time),
    };
}
