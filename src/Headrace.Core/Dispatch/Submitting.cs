using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>Submit: each job is accepted within its queue's bounds, or refused by itself with the reason (R13, R22).</summary>
internal sealed class Submitting(BrokerState state, Lifecycle lifecycle)
{
    public Answer Apply(Command.Submit command, Turn turn)
    {
        var results = new SubmitResult[command.Jobs.Count];
        for (var i = 0; i < results.Length; i++) results[i] = Take(command.Jobs[i], turn);
        return new Answer.Submitted(results);
    }

    private SubmitResult Take(NewJob asked, Turn turn)
    {
        var spec = asked.Spec;
        if (!state.Methods.TryGet(spec.Method, out var method) || (spec.Version != 0 && method.Find(spec.Version) is null)) return Refused(Unknown(spec));
        var queue = state.Queues.Of(spec.Queue);
        if (!queue.HasRoom(spec.InputBytes)) return Refused(queue.Full(spec.InputBytes, turn.Elapsed));
        // The submission's stamp is the commit's clock, not the caller's: due time and order follow one clock (R20).
        spec = spec with { Submitted = turn.Now, Due = spec.Due > turn.Now ? spec.Due : turn.Now };
        var job = lifecycle.Admit(asked with { Spec = spec }, queue, method, turn);
        return new SubmitResult(job.Id, job.Now.State, null);
    }

    private Refusal Unknown(JobSpec spec)
    {
        var known = state.Methods.All.SelectMany(m => m.Versions.Select(v => new MethodRef(m.Name, v.Number).ToString())).ToList();
        var exist = known.Count == 0 ? "No worker has offered any method yet: start one, then try again." : $"There are: {string.Join(", ", known)}.";
        return new Refusal(RefusalKind.UnknownMethod, $"No worker has ever offered the method '{new MethodRef(spec.Method, spec.Version)}'. {exist}");
    }

    private static SubmitResult Refused(Refusal refusal) => new(default, JobState.None, refusal);
}
