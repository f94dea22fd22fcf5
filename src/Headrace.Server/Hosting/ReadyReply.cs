using Headrace.Server.Pools.Local;

namespace Headrace.Server.Hosting;

/// <summary>The reply of <c>/readyz</c>, sent with status 200 if the server is ready and 503 otherwise.</summary>
/// <param name="Ready">Whether the server accepts requests and its local workers can run jobs.</param>
/// <param name="WaitsFor">The reason why the server is not ready; absent if it is ready.</param>
/// <param name="Warning">A problem that does not prevent the server from being ready; absent if there is none.</param>
/// <param name="Workers">The status of the local pool.</param>
internal sealed record ReadyReply(bool Ready, string? WaitsFor, string? Warning, PoolStatus Workers)
{
    /// <summary>
    /// How long a server stays ready without a worker, in seconds. A crashed worker is replaced within about a second,
    /// and such a short gap must not interrupt a rollout.
    /// </summary>
    private const double ReplacementSeconds = 5;

    /// <summary>
    /// A server becomes ready when it accepts requests and every worker of its local pools has joined and registered
    /// its methods. If some workers exit later, it stays ready with a warning, and their jobs wait for the
    /// replacements. If all workers are missing, no job can run, and the server is not ready.
    /// </summary>
    public static ReadyReply Of(string? closedReason, PoolStatus pool, string? clockWarning = null)
    {
        var joined = $"{pool.Joined} of {pool.Target} local workers have joined.";
        if (closedReason is not null)
            return new(false, closedReason, clockWarning, pool);
        if (pool.Describing.Count > 0)
            return new(false, $"Pools whose methods are not known yet: {pool.Describing.Count}.", clockWarning, pool);
        if (!pool.Complete || pool is { Joined: 0, ShortSeconds: >= ReplacementSeconds })
            return new(false, joined, clockWarning, pool);
        string?[] warnings = [pool.ShortSeconds is null ? null : joined, .. pool.Problems, clockWarning];
        var warning = string.Join(' ', warnings.OfType<string>());
        return new(true, null, warning.Length > 0 ? warning : null, pool);
    }
}
