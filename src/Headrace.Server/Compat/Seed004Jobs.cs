using System.Security.Cryptography;
using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Compat;

/// <summary>
/// The jobs behind the routes of seed system 004. Each has an idempotency key derived from its computation, so a
/// repeated request finds the jobs of the first one.
/// </summary>
internal sealed class Seed004Jobs(IAdmission admission, IShardRouter shards, IJobStore jobStore, JobFinder finder)
{
    public static readonly QueueName Queue = new("seed004");

    /// <summary>
    /// The owner of all jobs submitted through these routes, whether or not the caller sent a key. Every client can
    /// read them.
    /// </summary>
    public static readonly Caller Anyone = new(Caller.Anonymous.Name, [new Grant(Role.Submitter, [Queue])]);

    /// <summary>
    /// The tag that all pricing jobs have. Other measurements use it to detect interference from these jobs.
    /// </summary>
    private const string Tag = "benchop";

    /// <summary>Time limit for a job, after which its method is stopped.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    /// <summary>Submits a job, or finds the job that an earlier request submitted for the same computation.</summary>
    /// <param name="method">The method to call.</param>
    /// <param name="parameters">The params of the job as JSON.</param>
    /// <param name="label">A label from the client. A new label makes the method run again.</param>
    /// <param name="cancellationToken">Ends the submission when the client disconnects.</param>
    public async Task<Result<JobId>> SubmitAsync(
        string method,
        byte[] parameters,
        string label,
        CancellationToken cancellationToken
    )
    {
        var fields = new SubmissionFields
        {
            Method = method,
            Queue = Queue.Text,
            Params = parameters,
            TimeLimit = TimeLimit,
            // A method that fails once is expected to fail again.
            Retries = 0,
            Tags = [Tag],
            IdempotencyKey = Key(method, parameters, label),
        };
        if (!fields.ToJob(Anyone).TryGet(out var job, out var rejected))
            return rejected;
        if (!(await admission.SubmitAsync(job, cancellationToken)).TryGet(out var submitted, out rejected))
            return rejected;
        // The state of a repeated submission is unknown if its job has ended.
        return submitted.State == JobState.None
            ? await RepeatIfCancelledAsync(submitted.Id, cancellationToken)
            : submitted.Id;
    }

    /// <summary>Returns the job when it ends or when the wait is over; null if the job was deleted.</summary>
    public Task<FoundJob?> FindAsync(JobId id, TimeSpan wait, CancellationToken cancellationToken) =>
        finder.FindAsync(id, wait, Anyone, cancellationToken);

    /// <summary>Reads the stored results of jobs that have succeeded.</summary>
    public async Task<IReadOnlyDictionary<JobId, PayloadRow>> ResultsAsync(
        IEnumerable<JobId> jobs,
        CancellationToken cancellationToken
    )
    {
        List<RowKey> keys = [.. jobs.Select(job => new RowKey.Payload(job, PayloadKind.Result))];
        return keys.Count == 0
            ? new Dictionary<JobId, PayloadRow>()
            : (await jobStore.ReadAsync(keys, cancellationToken)).OfType<PayloadRow>().ToDictionary(row => row.Job);
    }

    /// <summary>Makes a job ready again if an earlier DELETE /queue cancelled it.</summary>
    private async Task<Result<JobId>> RepeatIfCancelledAsync(JobId id, CancellationToken cancellationToken)
    {
        if (
            await FindAsync(id, TimeSpan.Zero, cancellationToken)
            is not FoundJob.Ended { Row: { Job.Status.State: JobState.Cancelled, Ended: var end } }
        )
            return id;
        var command = new Command.Retry(id, null) { KnownEnd = end };
        return await shards.Of(id).SendAsync(command, cancellationToken) is Response.Rejected rejected
            ? Problem.Of(rejected.Rejection)
            : id;
    }

    private static string Key(string method, byte[] parameters, string label)
    {
        byte[] text = [.. Encoding.UTF8.GetBytes($"{method}\n{label}\n"), .. parameters];
        return Convert.ToHexStringLower(SHA256.HashData(text));
    }
}
