using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Headrace.Server.Security;
using Headrace.Server.Shards;

namespace Headrace.Server.Workers;

/// <summary>
/// Submits the children of a running attempt: reads them on behalf of the owner of their parent, and has the broker
/// accept all of them or none (R13).
/// </summary>
internal sealed class ChildSubmissions(IShardRouter shards, IChildReader reader, Owners owners)
{
    /// <summary>Returns one result for each job of the message, or the problem with the message itself.</summary>
    /// <param name="route">The name of the worker in the path.</param>
    /// <param name="message">The message. Its jobs are changed.</param>
    /// <param name="limit">The workers for which the sender's key is valid; null for all workers.</param>
    /// <param name="cancellationToken">Ends the wait when the worker disconnects.</param>
    public async Task<Result<SubmitReply>> SubmitAsync(
        string route,
        SubmitChildren message,
        WorkerLimit? limit,
        CancellationToken cancellationToken
    )
    {
        if (Fault(route, message) is { } fault)
            return Problem.BadRequest(fault);
        var sender = new LeaseHolder(new WorkerName(message.Worker), new Incarnation(message.Incarnation));
        // The broker knows the pool of the worker.
        if (limit?.Refuse(sender, limit.Pool ?? "") is { } forbidden)
            return forbidden;
        var shard = shards.Of(message.Lease.Job);
        if (
            await shard.SendAsync(new Command.GetJob(message.Lease.Job, TimeSpan.Zero), cancellationToken)
            is not Response.Live { Job.Spec: var parent }
        )
            return new Problem(ProblemKinds.LeaseLost, $"Job {message.Lease.Job} is not running.");
        var (jobs, refused) = await ReadAsync(message, parent, shard, cancellationToken);
        var command = new Command.SubmitChildren(
            sender,
            message.Lease,
            (int)message.Number,
            message.Jobs.Count,
            refused is null ? jobs : []
        )
        {
            Store = message.Store.Length == 0 ? null : new StoreId(message.Store),
            PoolOfKey = limit?.Pool,
        };
        return await shard.SendAsync(command, cancellationToken) switch
        {
            Response.ChildrenSubmitted accepted => Accepted(accepted.Children),
            Response.ChildrenRejected rejected => Rejected(
                message.Jobs.Count,
                Math.Max(0, rejected.Index),
                Problem.Of(rejected.Rejection)
            ),
            Response.Acknowledged => Rejected(message.Jobs.Count, jobs.Count, refused!),
            Response.Rejected rejected => Problem.Of(rejected.Rejection),
            var other => throw new InvalidOperationException(
                $"A submission of children received the unexpected response {other.GetType().Name}."
            ),
        };
    }

    /// <summary>Returns the jobs before the first one that is not valid, and the problem with that one.</summary>
    private async Task<(List<NewJob> Jobs, Problem? Refused)> ReadAsync(
        SubmitChildren message,
        JobSpec parent,
        IShardMailbox shard,
        CancellationToken cancellationToken
    )
    {
        var jobs = new List<NewJob>(message.Jobs.Count);
        if (owners.Find(parent.Owner, parent.Queue) is not { } owner)
            return (
                jobs,
                new Problem(
                    ProblemKinds.Forbidden,
                    $"The owner of job {message.Lease.Job}, {parent.Owner}, no longer exists, is disabled, or has "
                        + "expired, so the job may not submit further jobs."
                )
            );
        foreach (var each in message.Jobs)
        {
            if (
                !(await reader.ReadAsync(each, owner, parent.Queue, cancellationToken)).TryGet(
                    out var job,
                    out var problem
                )
            )
                return (jobs, problem);
            // A child and its parent change in one commit, so they belong to one shard.
            if (shards.Of(job.Spec.Queue) != shard)
                return (
                    jobs,
                    Problem.BadRequest(
                        $"The queue '{job.Spec.Queue}' belongs to another shard than job {message.Lease.Job}. A job "
                            + "can submit jobs only to queues of its own shard."
                    )
                );
            // The owner keeps the name under which the parent was submitted: that of the user of an API key.
            jobs.Add(job with { Spec = job.Spec with { Owner = parent.Owner } });
        }
        return (jobs, null);
    }

    private static string? Fault(string route, SubmitChildren message) =>
        message.Worker != route ? $"worker is '{message.Worker}', but the worker in the path is '{route}'."
        : message.Incarnation == 0 ? "incarnation is missing. Send that of the worker's exchanges."
        : message.Lease.Job.Value <= 0 || message.Lease.Attempt <= 0 ? "job and attempt must be those of a lease."
        : message.Number is 0 or > int.MaxValue ? "number must be 1 or more."
        : message.Jobs.Count is 0 or > Limits.JobsPerCommand
            ? $"jobs has {message.Jobs.Count} entries, but must have 1 to {Limits.JobsPerCommand}."
        : null;

    private static SubmitReply Accepted(IReadOnlyList<JobId> children) =>
        new() { Results = [.. children.Select(child => new SubmitReplyResult { Id = (ulong)child.Value })] };

    private static SubmitReply Rejected(int count, int index, Problem problem)
    {
        var results = Enumerable.Range(0, count).Select(_ => new SubmitReplyResult()).ToList();
        results[index].Problem = new SubmitReplyProblem
        {
            Type = problem.Kind.Address,
            Status = (uint)problem.Kind.Status,
            Detail = problem.Detail,
            RetryAfter = problem.RetryAfter is { } after ? WireTime.Of(after) : null,
        };
        return new SubmitReply { Results = results };
    }
}
