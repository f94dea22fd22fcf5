using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Submit: each job is accepted within its queue's bounds, or refused by itself with the reason (R13, R22). A key that
/// was used before gives the job of that time (R17).
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
        // Keys of this very command: its second use of one is a repeat of the first.
        var own = new Dictionary<KeyName, KeyRow>();
        for (var i = 0; i < results.Length; i++)
            results[i] = Take(command.Jobs[i], command.Found, own, turn);
        return new Answer.Submitted(results);
    }

    /// <summary>
    /// Keys live on disk alone: a command with keys is answered with what it must read first, and comes back with it
    /// (R2).
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
                    "These keys are being submitted by others at the same moment. Send the jobs again."
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
                    $"There are {Limits.Queues} queues, the most there may be, and '{spec.Queue}' would be another. Use one of those that exist."
                )
            );
        var queue = state.Queues.Of(spec.Queue);
        if (!queue.HasRoom(spec.InputBytes))
            return Refused(queue.Full(spec.InputBytes, turn.Elapsed));
        // The submission's stamp is the commit's clock, not the caller's: due time and order follow one clock (R20).
        // The live job keeps no key: the key's row does, and outlives it.
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
                    $"The idempotency key '{key.Text}' belongs to job {earlier.Job}, which was submitted with other content. Use a new key for a new job."
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
                ? "No worker has offered any method yet: start one, then try again."
                : $"There are: {string.Join(", ", known)}.";
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
