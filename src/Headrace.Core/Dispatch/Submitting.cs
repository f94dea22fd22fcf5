using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Accepts each job within the bounds of its queue, or rejects it individually with the reason (R13, R22). A key that
/// was used before returns the job of its first submission (R17).
/// </summary>
internal sealed class Submitting(BrokerState state, Lifecycle lifecycle)
{
    public Answer Apply(Ticket ticket, Command.Submit command, Turn turn)
    {
        if (state.StorageLow is { } low)
        {
            state.Pins.Release(ticket);
            return new Answer.Refused(
                new Refusal(RefusalKind.StorageFull, low) { RetryAfter = TimeSpan.FromSeconds(5) }
            );
        }
        if (Unread(ticket, command) is { } answer)
            return answer;
        var results = new SubmitResult[command.Jobs.Count];
        // Keys added by this command. A second use of one within the command repeats the first.
        var own = new Dictionary<KeyName, KeyRow>();
        for (var i = 0; i < results.Length; i++)
            results[i] = Take(command.Jobs[i], command.Found, own, turn);
        return new Answer.Submitted(results);
    }

    /// <summary>
    /// Idempotency keys exist only on disk. A command with keys first requests their rows and is applied again once
    /// they are read (R2).
    /// </summary>
    private Answer? Unread(Ticket ticket, Command.Submit command)
    {
        if (command.Found is null)
        {
            var keys = command.Jobs.Where(job => job.Spec.Key is not null).Select(job => NameOf(job.Spec)).ToHashSet();
            if (keys.Count == 0)
                return null;
            state.Pins.Take(ticket, keys);
            return Need(keys);
        }
        return state.Pins.Return(ticket) switch
        {
            PinState.Again => Need(
                command.Jobs.Where(job => job.Spec.Key is not null).Select(job => NameOf(job.Spec)).ToHashSet()
            ),
            PinState.GivenUp => new Answer.Refused(
                new Refusal(
                    RefusalKind.Unavailable,
                    "Other requests are submitting the same idempotency keys. Send the jobs again."
                )
                {
                    RetryAfter = TimeSpan.FromSeconds(1),
                }
            ),
            _ => null,
        };
    }

    private SubmitResult Take(
        NewJob asked,
        IReadOnlyDictionary<KeyName, KeyRow>? found,
        Dictionary<KeyName, KeyRow> own,
        Turn turn
    )
    {
        var spec = asked.Spec;
        if (spec.Key is { } key && Earlier(NameOf(spec), found, own) is { } earlier)
            return Repeat(earlier, key);
        if (
            !state.Methods.TryGet(spec.Method, out var method)
            || (spec.Version != 0 && method.Find(spec.Version) is null)
        )
            return Refused(Unknown(spec));
        if (!state.Queues.HasRoomFor(spec.Queue))
            return Refused(
                new Refusal(
                    RefusalKind.BadRequest,
                    $"The queue '{spec.Queue}' cannot be created because the limit of {Limits.Queues} queues "
                        + "is reached. Use an existing queue."
                )
            );
        var queue = state.Queues.Of(spec.Queue);
        if (!queue.HasRoom(spec.InputBytes))
            return Refused(queue.Full(spec.InputBytes, turn.Elapsed));
        // The submission is stamped with the server's clock, not the client's, so that scheduled times and ordering use
        // one clock (R20). The key is stored in a separate row, which outlives the live job.
        var admitted = spec with
        {
            Submitted = turn.Now,
            Due = spec.Due > turn.Now ? spec.Due : turn.Now,
            Key = null,
        };
        var job = lifecycle.Admit(admitted, asked.Body, queue, method, turn);
        if (spec.Key is not null)
            own.Add(NameOf(spec), Keep(spec, job, turn));
        return new SubmitResult(job.Id, job.Now.State, null);
    }

    private KeyRow Keep(JobSpec spec, Job job, Turn turn)
    {
        var row = new KeyRow(NameOf(spec), spec.Key!.Hash, job.Id);
        turn.Batch.Add(new RowChange.KeyAdded(row));
        state.Pins.Mark(row.Name);
        return row;
    }

    private SubmitResult Repeat(KeyRow earlier, IdempotencyKey key)
    {
        if (earlier.Hash != key.Hash)
            return Refused(
                new Refusal(
                    RefusalKind.KeyReused,
                    $"The idempotency key '{key.Text}' belongs to job {earlier.Job}, which was submitted with "
                        + "different content. Use a new key for a new job."
                )
            );
        return new SubmitResult(
            earlier.Job,
            state.Jobs.TryGet(earlier.Job, out var job) ? job.Now.State : JobState.None,
            null
        )
        {
            Repeated = true,
        };
    }

    private Refusal Unknown(JobSpec spec)
    {
        var known = state
            .Methods.All.SelectMany(m => m.Versions.Select(v => new MethodRef(m.Name, v.Number).ToString()))
            .ToList();
        var exist =
            known.Count == 0
                ? "No worker has offered a method yet. Start a worker, then submit again."
                : $"Known methods: {string.Join(", ", known)}.";
        return new Refusal(
            RefusalKind.UnknownMethod,
            $"No worker has ever offered the method '{new MethodRef(spec.Method, spec.Version)}'. {exist}"
        );
    }

    private static KeyRow? Earlier(
        KeyName name,
        IReadOnlyDictionary<KeyName, KeyRow>? found,
        Dictionary<KeyName, KeyRow> own
    ) => own.TryGetValue(name, out var row) || (found is not null && found.TryGetValue(name, out row)) ? row : null;

    private static Answer.Need Need(HashSet<KeyName> keys) => new([.. keys.Select(key => new RowKey.Key(key))]);

    private static KeyName NameOf(JobSpec spec) => new(spec.Owner, spec.Queue, spec.Key!.Text);

    private static SubmitResult Refused(Refusal refusal) => new(default, JobState.None, refusal);
}
