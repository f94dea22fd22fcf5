using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Intake;

/// <summary>
/// The last step before the shard: validates the params against the schema of the method, then submits the job. All
/// forms of submission use this class.
/// </summary>
internal sealed class Admission(
    IShardRouter shards,
    MethodSchemas schemas,
    ParamsValidator validator,
    SmallJobsFirst smallJobsFirst,
    FullQueueWait fullQueueWait
) : IAdmission
{
    /// <summary>
    /// Returns the schema of a method, which is needed to convert query parameters to params. Returns null if no worker
    /// has offered the method, or if its schema is quarantined.
    /// </summary>
    public async ValueTask<string?> SchemaAsync(MethodRef method, CancellationToken cancellationToken) =>
        await schemas.FindAsync(method, cancellationToken) is { } schema && validator.CanEvaluate(schema)
            ? schema
            : null;

    /// <summary>
    /// Validates the params of a job and assigns its priority. Everything that depends on the content of one job
    /// happens here, so that an error affects only that job. A job for a method that no worker has offered is not
    /// validated, because the broker will reject it and list the known methods.
    /// </summary>
    public async ValueTask<Result<NewJob>> PrepareAsync(NewJob job, CancellationToken cancellationToken)
    {
        var method = new MethodRef(job.Spec.Method, job.Spec.Version);
        if (await schemas.FindAsync(method, cancellationToken) is not { } schema)
            return smallJobsFirst.AssignPriority(job);
        var faults = validator.Check(schema, job.Spec.Params);
        if (faults.Count == 0)
            return smallJobsFirst.AssignPriority(job);
        return new Problem(
            ProblemKinds.InvalidParams,
            $"The params do not match the schema of {method}: "
                + $"{string.Join("; ", faults.Select(f => $"{f.Path} {f.Message.TrimEnd('.')}"))}."
        )
        {
            Errors = faults,
        };
    }

    public async Task<Result<SubmitResult>> SubmitAsync(NewJob job, CancellationToken cancellationToken)
    {
        if (!(await PrepareAsync(job, cancellationToken)).TryGet(out var prepared, out var problem))
            return problem;
        var result = (await SubmitAsync([prepared], cancellationToken))[0];
        return result.Rejection is { } rejection ? Problem.Of(rejection) : result;
    }

    /// <summary>
    /// Submits jobs that <see cref="PrepareAsync"/> returned: at least one and at most
    /// <see cref="Limits.JobsPerCommand"/>. Returns one result per job, in order.
    /// </summary>
    public Task<IReadOnlyList<SubmitResult>> SubmitAsync(
        IReadOnlyList<NewJob> jobs,
        CancellationToken cancellationToken
    )
    {
        // Crash point 1: the jobs have been read and validated, but exist only in this request. The sender has received
        // no reply, and after a restart the jobs do not exist.
        CrashPoint.Reached(1);
        var shard = shards.Of(jobs[0].Spec.Queue);
        for (var i = 1; i < jobs.Count; i++)
            if (shards.Of(jobs[i].Spec.Queue) != shard)
                return SplitAsync(jobs, cancellationToken);
        return SubmitAsync(shard, jobs, cancellationToken);
    }

    /// <summary>
    /// Submits jobs for several shards. Each shard accepts or rejects its own jobs, so an unavailable shard affects
    /// only its own jobs.
    /// </summary>
    private async Task<IReadOnlyList<SubmitResult>> SplitAsync(
        IReadOnlyList<NewJob> jobs,
        CancellationToken cancellationToken
    )
    {
        var results = new SubmitResult[jobs.Count];
        await Task.WhenAll(jobs.Index().GroupBy(job => shards.Of(job.Item.Spec.Queue)).Select(SubmitPartAsync));
        return results;

        async Task SubmitPartAsync(IGrouping<IShardMailbox, (int Index, NewJob Item)> part)
        {
            var own = part.Select(job => job.Item).ToList();
            IReadOnlyList<SubmitResult> answers;
            try
            {
                answers = await SubmitAsync(part.Key, own, cancellationToken);
            }
            catch (MailboxClosedException closed)
            {
                answers = RejectAll(own, new Rejection(closed.Kind, closed.Reason) { RetryAfter = closed.RetryAfter });
            }
            foreach (var (job, answer) in part.Zip(answers))
                results[job.Index] = answer;
        }
    }

    private async Task<IReadOnlyList<SubmitResult>> SubmitAsync(
        IShardMailbox shard,
        IReadOnlyList<NewJob> jobs,
        CancellationToken cancellationToken
    )
    {
        var results = await SendAsync(shard, jobs, cancellationToken);
        return FullQueueWait.MayHelp(results) ? await WaitAsync(shard, jobs, results, cancellationToken) : results;
    }

    private Task<IReadOnlyList<SubmitResult>> WaitAsync(
        IShardMailbox shard,
        IReadOnlyList<NewJob> jobs,
        IReadOnlyList<SubmitResult> results,
        CancellationToken cancellationToken
    ) =>
        fullQueueWait.RunAsync(
            shard,
            jobs,
            results,
            rejected => SendAsync(shard, rejected, cancellationToken),
            cancellationToken
        );

    private static async Task<IReadOnlyList<SubmitResult>> SendAsync(
        IShardMailbox shard,
        IReadOnlyList<NewJob> jobs,
        CancellationToken cancellationToken
    ) =>
        await shard.SendAsync(new Command.Submit(jobs), cancellationToken) switch
        {
            Response.Submitted submitted => submitted.Results,
            Response.Rejected rejected => RejectAll(jobs, rejected.Rejection),
            var other => throw new InvalidOperationException(
                $"A submission received the unexpected response {other.GetType().Name}."
            ),
        };

    private static IReadOnlyList<SubmitResult> RejectAll(IReadOnlyList<NewJob> jobs, Rejection rejection) =>
        [.. jobs.Select(_ => new SubmitResult(default, JobState.None, rejection))];
}
