namespace Headrace.Bench.Memory;

/// <summary>
/// A load that drives one part of a server's memory to its limit. The server's limits are set close to what the load
/// needs, so that the printed bound is only slightly higher than the memory that the load may use.
/// </summary>
internal sealed record MemoryLoad(string Name, long Jobs, long ParamsBytes, Func<LoadedServer, Task> RunAsync)
{
    private const int Kilobyte = 1_000;
    private const int Megabyte = 1_000_000;

    /// <summary>Returns all loads, with their full sizes divided by <paramref name="scale"/>.</summary>
    public static IReadOnlyList<MemoryLoad> All(int scale)
    {
        const long FewParams = 32 << 20;
        var (many, large, queues) = (1_000_000 / scale, 4_000 / scale, 10_000 / scale);
        var (workers, clients) = (Math.Max(2, 50 / scale), Math.Max(2, 80 / scale));
        return
        [
            new(
                $"{many:N0} jobs with 1 KB of params",
                many,
                Math.Max(FewParams, many * (Kilobyte + 100L)),
                server => server.FillAsync(many, Kilobyte, bodyBytes: 0)
            ),
            new(
                $"{large:N0} jobs with 1 MB of params",
                large,
                FewParams,
                server => server.FillAsync(large, Megabyte, bodyBytes: 0)
            ),
            new(
                $"{workers} workers that each receive 8 MB at once, after a pause",
                workers * 9,
                FewParams,
                async server =>
                {
                    await server.FillAsync(workers * 9, paramsBytes: 100, Megabyte);
                    await server.ReceiveAsync(workers, leases: 9);
                }
            ),
            new(
                $"{clients} clients that do not read their list of jobs with 0.9 MB of params",
                60,
                FewParams,
                async server =>
                {
                    await server.FillAsync(60, 9 * Megabyte / 10, bodyBytes: 0);
                    await server.HoldAsync(clients, "v1/jobs?limit=1000");
                }
            ),
            new(
                $"{queues:N0} queue names, and {clients} clients that do not read their list",
                queues,
                FewParams,
                async server =>
                {
                    await server.FillQueuesAsync(queues);
                    await server.HoldAsync(clients, "v1/queues?limit=1000");
                    await server.HoldAsync(clients, "v1/jobs?limit=1000");
                }
            ),
        ];
    }
}
