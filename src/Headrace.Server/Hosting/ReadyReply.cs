using Headrace.Server.Pools.Local;

namespace Headrace.Server.Hosting;

/// <summary>What <c>/readyz</c> says; with 200 when ready, else with 503.</summary>
/// <param name="Ready">Requests are taken, and the local pool has joined.</param>
/// <param name="WaitsFor">What it waits for, in words; absent when ready.</param>
/// <param name="Workers">The local pool.</param>
internal sealed record ReadyReply(bool Ready, string? WaitsFor, PoolStatus Workers)
{
    /// <summary>
    /// Ready is who takes requests and whose local pool has joined with its methods. A worker that dies later does not
    /// undo it: its jobs wait for the next one.
    /// </summary>
    public static ReadyReply Of(string? doorClosedWhy, PoolStatus pool) =>
        doorClosedWhy is not null ? new(false, doorClosedWhy, pool)
        : pool.Complete ? new(true, null, pool)
        : new(false, $"{pool.Joined} of {pool.Target} local workers have joined.", pool);
}
