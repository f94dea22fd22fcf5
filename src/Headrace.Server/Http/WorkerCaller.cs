using System.Security.Claims;
using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Server.Http;

/// <summary>
/// A caller that has authenticated with the key of one worker process. It may exchange messages only as this worker.
/// </summary>
internal sealed class WorkerCaller(LeaseHolder worker, string pool)
    : ClaimsPrincipal(
        new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, worker.Worker.Text), new Claim(ClaimTypes.Role, nameof(AccessLevel.Worker))],
            "Worker"
        )
    )
{
    /// <summary>
    /// Returns why this caller may not send the message; null if it may. A message without a pool belongs to the pool
    /// of the key.
    /// </summary>
    public Problem? Refuse(WorkerMessage message) =>
        message.Sender == worker && (message.Pool.Length == 0 || message.Pool == pool)
            ? null
            : new Problem(
                ProblemKinds.Forbidden,
                $"The key belongs to worker '{worker.Worker}', incarnation {worker.Incarnation}, of pool '{pool}', "
                    + $"but the message is from worker '{message.Sender.Worker}', incarnation "
                    + $"{message.Sender.Incarnation}, of pool '{message.Pool}'. Use the key of this worker, or an "
                    + "admin key."
            );
}
