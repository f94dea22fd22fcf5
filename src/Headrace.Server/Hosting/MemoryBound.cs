using System.Globalization;
using Headrace.Core.Registry;

namespace Headrace.Server.Hosting;

/// <summary>
/// The maximum memory that a server occupies, calculated from its limits. <c>bench/run memory</c> checks that a server
/// stays within it.
/// </summary>
internal sealed record MemoryBound(long Jobs, long ParamsBytes)
{
    /// <summary>
    /// Memory of one unfinished job without its params and headers. A server that has loaded a million jobs uses about
    /// 410 bytes per job (bench/results/recovery.md). The remainder allows for tables that double in size while jobs
    /// arrive.
    /// </summary>
    public const long JobBytes = 640;

    /// <summary>
    /// Memory that does not depend on the number of jobs: the budgets for request bodies, worker messages and replies
    /// (256 MB each) and for bodies sent without a key (64 MB), the payload caches (40 MB), the output of local workers
    /// (about 48 MB), the registry, and the runtime with the store's caches (about 150 MB, plus the same amount of
    /// garbage). Open connections need additional memory.
    /// </summary>
    public const long BaseBytes = (1_280L << 20) + RegistryBytes;

    /// <summary>
    /// The contents of the registry (64 MB), plus about 500 bytes of overhead for each of up to 100,000 documents:
    /// names, objects, and entries in the tables of the broker and the server.
    /// </summary>
    public const long RegistryBytes = RegistryLimits.TotalBytes + (RegistryLimits.Documents * 500L);

    public static MemoryBound Of(ServerOptions options) => new(options.MemoryJobs, options.MemoryBytes);

    public long Bytes => BaseBytes + ParamsBytes + (Jobs * JobBytes);

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"at most {Size(Bytes)}: {Size(BaseBytes)}, {Size(ParamsBytes)} of params and headers, "
                + $"{Jobs:N0} unfinished jobs of {JobBytes} bytes"
        );

    private static string Size(long bytes) =>
        bytes >= 1L << 30
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GB")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MB");
}
