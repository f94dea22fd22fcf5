using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Server.Http;
using Headrace.Server.Intake.Params;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Intake;

/// <summary>
/// The last step before the shard: params are held against the method's schema, then the job is handed in. Every form
/// of a submission comes through here.
/// </summary>
internal sealed class Admission(
    IShardDoor door,
    MethodSchemas schemas,
    IParamsValidator validator,
    SmallFirst smallFirst
) : IAdmission
{
    /// <summary>
    /// The schema of a method, for reading params from a query; null for a method nobody has offered.
    /// </summary>
    public ValueTask<string?> SchemaAsync(MethodRef method, CancellationToken cancellationToken) =>
        schemas.FindAsync(method, cancellationToken);

    /// <summary>
    /// What is wrong with the job's params; null when they fit, and for a method nobody has offered: the broker says
    /// that, with what exists.
    /// </summary>
    public async ValueTask<Problem?> CheckAsync(NewJob job, CancellationToken cancellationToken)
    {
        var method = new MethodRef(job.Spec.Method, job.Spec.Version);
        if (await schemas.FindAsync(method, cancellationToken) is not { } schema)
            return null;
        var faults = await validator.CheckAsync(schema, job.Spec.Params, cancellationToken);
        if (faults.Count == 0)
            return null;
        return new Problem(
            ProblemKinds.InvalidParams,
            $"The params do not fit {method}: {string.Join("; ", faults.Select(f => $"{f.Path} {f.Message.TrimEnd('.')}"))}."
        )
        {
            Errors = faults,
        };
    }

    public async Task<Checked<SubmitResult>> SubmitAsync(NewJob job, CancellationToken cancellationToken)
    {
        if (await CheckAsync(job, cancellationToken) is { } problem)
            return problem;
        var result = (await SubmitAsync([job], cancellationToken))[0];
        return result.Refusal is { } refusal ? Problem.Of(refusal) : result;
    }

    /// <summary>
    /// Hands in jobs that were checked, at most <see cref="Limits.JobsPerCommand"/>; one result each, in order.
    /// </summary>
    public async Task<IReadOnlyList<SubmitResult>> SubmitAsync(
        IReadOnlyList<NewJob> jobs,
        CancellationToken cancellationToken
    )
    {
        // Crash point 1: the jobs are read and found good, and are nowhere but in this request. Its sender has no
        // answer; a restart finds nothing of them.
        CrashPoint.Reached(1);
        return await door.AskAsync(new Command.Submit([.. jobs.Select(smallFirst.Order)]), cancellationToken) switch
        {
            Answer.Submitted submitted => submitted.Results,
            Answer.Refused refused => [.. jobs.Select(_ => new SubmitResult(default, JobState.None, refused.Refusal))],
            var other => throw new InvalidOperationException($"A submission was answered {other.GetType().Name}."),
        };
    }
}
