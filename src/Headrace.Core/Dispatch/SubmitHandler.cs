using Headrace.Core.Jobs;
using Headrace.Core.Registry;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Accepts each job for which there is capacity, or rejects it individually with the reason (R13, R22). For an
/// idempotency key that was used before, returns the job of the first submission (R17).
/// </summary>
internal sealed class SubmitHandler(
    BrokerState state,
    Lifecycle lifecycle,
    JobAdmission admission,
    RegistryHandler registry
)
{
    public Response Apply(RequestId requestId, Command.Submit command, ApplyContext context)
    {
        if (state.StorageLowReason is { } low)
        {
            state.PendingReads.Release(requestId);
            return new Response.Rejected(StoreRejection.DiskFull(low));
        }
        if (TooManyWrites(command) is { } rejection)
        {
            state.PendingReads.Release(requestId);
            return new Response.Rejected(rejection);
        }
        if (RequireKeyRead(requestId, command) is { } answer)
            return answer;
        var results = new SubmitResult[command.Jobs.Count];
        // Keys added by this command. If several of its jobs have the same key, only the first job is added, and the
        // results for the others refer to it.
        var own = new Dictionary<KeyName, KeyRow>();
        for (var i = 0; i < results.Length; i++)
            results[i] = SubmitOne(command.Jobs[i], command.StoredKeys, own, context);
        return new Response.Submitted(results);
    }

    /// <summary>
    /// Limits the registry writes per submission. The writes are held in memory together with the jobs, and 1,000 jobs
    /// with large writes would exceed the maximum size of a batch (R1).
    /// </summary>
    private static Rejection? TooManyWrites(Command.Submit command)
    {
        var writes = 0;
        for (var i = 0; i < command.Jobs.Count; i++)
            writes += command.Jobs[i].RegistryWrites.Count;
        return writes <= RegistryLimits.WritesPerSubmission
            ? null
            : new Rejection(
                RejectionKind.BadRequest,
                $"The jobs in this submission contain {writes} registry writes; the limit is "
                    + $"{RegistryLimits.WritesPerSubmission}. Divide the jobs among several submissions."
            );
    }

    /// <summary>
    /// Idempotency keys are stored only on disk. A command with keys first requests their rows and is applied again
    /// after the rows have been read (R2).
    /// </summary>
    private Response? RequireKeyRead(RequestId requestId, Command.Submit command)
    {
        if (command.StoredKeys is null)
        {
            var keys = KeysOf(command);
            if (keys.Count == 0)
                return null;
            state.PendingReads.Begin(requestId, keys);
            return new Response.ReadRequired(keys);
        }
        return state.PendingReads.Complete(requestId) switch
        {
            PendingReadState.Stale => new Response.ReadRequired(KeysOf(command)),
            PendingReadState.Abandoned => new Response.Rejected(
                new Rejection(
                    RejectionKind.Unavailable,
                    "Other requests are submitting the same idempotency keys. Send the jobs again."
                )
                {
                    RetryAfter = TimeSpan.FromSeconds(1),
                }
            ),
            _ => null,
        };
    }

    private SubmitResult SubmitOne(
        NewJob newJob,
        IReadOnlyDictionary<KeyName, KeyRow>? found,
        Dictionary<KeyName, KeyRow> commandKeys,
        ApplyContext context
    )
    {
        var (spec, body) = InputPayload.Pack(newJob);
        if (spec.Key is { } key && Earlier(KeyNameOf(spec), found, commandKeys) is { } earlier)
            return ExistingJob(earlier, key);
        if (admission.Check(spec, newJob.Quota, context.Elapsed, out var method) is { } rejection)
            return Rejected(rejection);
        if (newJob.RegistryWrites.Count > 0 && RegistryRule.Check(state.Registry, newJob.RegistryWrites) is { } fault)
            return Rejected(fault.ToRejection());
        var job = lifecycle.Admit(admission.Complete(newJob, spec, method!, context), body, method!, context);
        if (newJob.RegistryWrites.Count > 0)
            registry.Write(newJob.RegistryWrites, job.Id, context);
        if (spec.Key is not null)
            commandKeys.Add(KeyNameOf(spec), AddKey(spec, job, context));
        return new SubmitResult(job.Id, job.Status.State, null);
    }

    private KeyRow AddKey(JobSpec spec, Job job, ApplyContext context)
    {
        var row = new KeyRow(KeyNameOf(spec), spec.Key!.Hash, job.Id);
        context.Batch.Add(new RowChange.KeyAdded(row));
        state.PendingReads.Invalidate(new RowKey.Key(row.Name));
        return row;
    }

    private SubmitResult ExistingJob(KeyRow earlier, IdempotencyKey key)
    {
        if (earlier.Hash != key.Hash)
            return Rejected(
                new Rejection(
                    RejectionKind.KeyReused,
                    $"The idempotency key '{key.Text}' belongs to job {earlier.Job}, which was submitted with "
                        + "different content. Use a new key for a new job."
                )
            );
        return new SubmitResult(
            earlier.Job,
            state.Jobs.TryGet(earlier.Job, out var job) ? job.Status.State : JobState.None,
            null
        )
        {
            Repeated = true,
        };
    }

    private static KeyRow? Earlier(
        KeyName name,
        IReadOnlyDictionary<KeyName, KeyRow>? found,
        Dictionary<KeyName, KeyRow> commandKeys
    ) =>
        commandKeys.TryGetValue(name, out var row) || (found is not null && found.TryGetValue(name, out row))
            ? row
            : null;

    /// <summary>Returns the distinct idempotency keys of the command. Most commands have none.</summary>
    private static List<RowKey> KeysOf(Command.Submit command)
    {
        List<RowKey> keys = [];
        HashSet<KeyName>? names = null;
        for (var i = 0; i < command.Jobs.Count; i++)
            if (command.Jobs[i].Spec is { Key: not null } spec && (names ??= []).Add(KeyNameOf(spec)))
                keys.Add(new RowKey.Key(KeyNameOf(spec)));
        return keys;
    }

    private static KeyName KeyNameOf(JobSpec spec) => new(spec.Owner, spec.Queue, spec.Key!.Text);

    private static SubmitResult Rejected(Rejection rejection) => new(default, JobState.None, rejection);
}
