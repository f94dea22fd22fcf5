using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;

namespace Headrace.Server.Access;

/// <summary>The workers as which a caller with a worker key may exchange messages.</summary>
/// <param name="Pool">The pool of the worker; null for any pool.</param>
/// <param name="Worker">The only worker; null for every worker of the pool.</param>
internal sealed record WorkerLimit(string? Pool, LeaseHolder? Worker = null)
{
    /// <summary>
    /// Returns why the caller may not send the message; null if it may. A message without a pool belongs to the pool of
    /// the key.
    /// </summary>
    public Problem? Refuse(WorkerMessage message)
    {
        var isInPool = Pool is null || message.Pool.Length == 0 || message.Pool == Pool;
        if (Worker is not { } worker)
            return isInPool
                ? null
                : Forbidden(
                    $"The key belongs to a worker of pool '{Pool}', but worker '{message.Sender.Worker}' is in pool "
                        + $"'{message.Pool}'. Start the worker with --pool {Pool}."
                );
        return isInPool && message.Sender == worker
            ? null
            : Forbidden(
                $"The key belongs to worker '{worker.Worker}', incarnation {worker.Incarnation}, of pool '{Pool}', but "
                    + $"the message is from worker '{message.Sender.Worker}', incarnation "
                    + $"{message.Sender.Incarnation}, of pool '{message.Pool}'."
            );
    }

    private static Problem Forbidden(string detail) =>
        new(ProblemKinds.Forbidden, $"{detail} Use the key of this worker, or an admin key.");
}
