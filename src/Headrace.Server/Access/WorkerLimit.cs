using Headrace.Core.Jobs;
using Headrace.Server.Http;

namespace Headrace.Server.Access;

/// <summary>The workers on whose behalf a caller with a worker key may exchange messages.</summary>
/// <param name="Pool">The pool of the workers; null for any pool.</param>
/// <param name="Worker">The single worker; null for every worker of the pool.</param>
internal sealed record WorkerLimit(string? Pool, LeaseHolder? Worker = null)
{
    /// <summary>
    /// Returns the reason why the caller is not permitted to send messages as a worker of a pool; null if it is. The
    /// broker checks whether a worker of another pool already has this name, because only the broker knows all workers.
    /// </summary>
    public Problem? Refuse(LeaseHolder sender, string pool)
    {
        var isInPool = Pool is null || pool == Pool;
        if (Worker is not { } worker)
            return isInPool
                ? null
                : Forbidden(
                    $"The key belongs to workers in pool '{Pool}', but worker '{sender.Worker}' {Describe(pool)}. "
                        + $"Start the worker with --pool {Pool}."
                );
        return isInPool && sender == worker
            ? null
            : Forbidden(
                $"The key belongs to worker '{worker.Worker}', incarnation {worker.Incarnation}, in pool '{Pool}', but "
                    + $"the message is from worker '{sender.Worker}', incarnation {sender.Incarnation}, which "
                    + $"{Describe(pool)}."
            );
    }

    private static string Describe(string pool) => pool.Length == 0 ? "specifies no pool" : $"is in pool '{pool}'";

    private static Problem Forbidden(string detail) =>
        new(ProblemKinds.Forbidden, $"{detail} Use the key of that worker, or an admin key.");
}
