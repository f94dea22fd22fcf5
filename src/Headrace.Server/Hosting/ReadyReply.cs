using Headrace.Server.Pools.Local;

namespace Headrace.Server.Hosting;

/// <summary>The reply of <c>/readyz</c>, sent with status 200 when ready and 503 otherwise.</summary>
/// <param name="Ready">True if the server accepts requests and all local workers have joined.</param>
/// <param name="WaitsFor">The reason why the server is not ready; absent if it is ready.</param>
/// <param name="Workers">The status of the local pool.</param>
internal sealed record ReadyReply(bool Ready, string? WaitsFor, PoolStatus Workers)
{
    /// <summary>
    /// A server is ready when it accepts requests and every worker of its local pool has joined and registered its
    /// methods. If a worker exits later, the server stays ready, and the worker's jobs wait for its replacement.
    /// </summary>
    public static ReadyReply Of(string? doorClosedWhy, PoolStatus pool) =>
        doorClosedWhy is not null ? new(false, doorClosedWhy, pool)
        : pool.Complete ? new(true, null, pool)
        : new(false, $"{pool.Joined} of {pool.Target} local workers have joined.", pool);
}
