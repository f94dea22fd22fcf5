using System.Globalization;

namespace Headrace.Server.Hosting;

/// <summary>
/// The memory that a server occupies at most, from its limits. <c>bench/run memory</c> measures that it holds.
/// </summary>
internal sealed record MemoryBound(long Jobs, long ParamsBytes)
{
    /// <summary>
    /// Memory of one unfinished job without its params and headers: its objects, and its share of the tables.
    /// </summary>
    public const long JobBytes = 640;

    /// <summary>
    /// Memory that does not depend on the number of jobs: the budgets for request bodies, messages of workers and
    /// replies (256 MB each) and for bodies without a key (64 MB), the caches of payloads (40 MB), and the runtime with
    /// the caches of the store (about 150 MB, and as much garbage). Open connections add to it.
    /// </summary>
    public const long BaseBytes = 1_280L << 20;

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
