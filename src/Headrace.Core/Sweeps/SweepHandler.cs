using Headrace.Core.Jobs;
using Headrace.Core.Registry;

namespace Headrace.Core.Sweeps;

/// <summary>
/// Starts, advances and stops sweeps (R3). Each step is one command: it requests a page of matching jobs, and is
/// applied again with the page (R2). One commit contains the changes to at most <see cref="Limits.JobsPerCommand"/>
/// jobs and the new cursor.
/// </summary>
internal sealed class SweepHandler(BrokerState state, SweepStep sweepStep, RegistryHandler registry)
{
    public Response Apply(RequestId requestId, Command command, ApplyContext context) =>
        command switch
        {
            Command.StartSweep start => Start(start, context),
            Command.StepSweep step => Step(requestId, step, context),
            Command.StopSweep stop => Stop(stop, context),
            _ => List((Command.ListSweeps)command),
        };

    public void OnCallerDisconnected(RequestId requestId) => state.SweepReads.End(requestId);

    private Response Start(Command.StartSweep command, ApplyContext context)
    {
        if (command.Key is { } key && state.Sweeps.Find(command.Owner, key.Text) is { } earlier)
            return Repeat(earlier, key);
        if (state.Sweeps.Running >= SweepTable.MaxRunning)
            return new Response.Rejected(
                new Rejection(
                    RejectionKind.TooManySweeps,
                    $"{SweepTable.MaxRunning} sweeps are running, which is the limit. Wait until one of them is done, "
                        + "or stop one."
                )
                {
                    RetryAfter = TimeSpan.FromSeconds(5),
                }
            );
        if (state.Sweeps.RemoveSurplus() is { } surplus)
            context.Batch.Add(new RowChange.SweepRemoved(surplus));
        var bound = JobId.Of(state.Options.Shard, state.NextJob).Value;
        var sweep = new SweepRow(state.Sweeps.NextId, command.Action, command.Filter, command.Owner, context.Now)
        {
            JobBound = bound,
            Cursor = bound,
            CompletionBound = state.NextCompletion,
            Priority = command.Priority,
            Queue = command.Queue,
            Quota = command.Quota,
            Key = command.Key,
        };
        registry.Append(command.AuditEntry, context);
        return new Response.Sweeps([Put(sweep, context)]);
    }

    /// <summary>Answers a request that may have been sent again because its reply was lost.</summary>
    private static Response Repeat(SweepRow earlier, IdempotencyKey key) =>
        earlier.Key!.Hash == key.Hash
            ? new Response.Sweeps([earlier]) { Repeated = true }
            : new Response.Rejected(
                new Rejection(
                    RejectionKind.KeyReused,
                    $"The idempotency key '{key.Text}' belongs to sweep {earlier.Id}, which was started with a "
                        + "different filter or change. Use a new key for a new sweep."
                )
            );

    private Response.Sweeps Stop(Command.StopSweep command, ApplyContext context)
    {
        if (!state.Sweeps.TryGet(command.Sweep, out var sweep))
            return new Response.Sweeps([]);
        if (sweep.State == SweepState.Running)
            sweep = Put(End(sweep, SweepState.Stopped, context), context);
        return new Response.Sweeps([sweep]);
    }

    private Response.Sweeps List(Command.ListSweeps command) =>
        new Response.Sweeps([
            .. state.Sweeps.All.Where(sweep => command.Sweep is null || sweep.Id == command.Sweep).Reverse(),
        ]);

    private Response Step(RequestId requestId, Command.StepSweep command, ApplyContext context)
    {
        if (!state.Sweeps.TryGet(command.Sweep, out var sweep) || sweep.State != SweepState.Running)
        {
            Release(requestId);
            return new Response.Sweeps(sweep is null ? [] : [sweep]);
        }
        if (command.Page is not { } page)
        {
            state.PendingReads.Begin(requestId, []);
            state.SweepReads.Begin(requestId);
            return new Response.ReadRequired([new RowKey.SweepPage(sweep)]);
        }
        var outdated = Release(requestId);
        // Another step advanced the sweep after this one requested its page.
        if (page.From != sweep.Cursor)
            return new Response.Sweeps([sweep]);
        var advanced = sweepStep.Apply(sweep, page, outdated, context);
        if (advanced is { Cursor: 0, Waiting: null })
            advanced = End(advanced, SweepState.Done, context);
        return new Response.Sweeps([Put(advanced, context)]);
    }

    private IReadOnlySet<JobId> Release(RequestId requestId)
    {
        state.PendingReads.Release(requestId);
        return state.SweepReads.End(requestId);
    }

    private static SweepRow End(SweepRow sweep, SweepState end, ApplyContext context) =>
        sweep with
        {
            State = end,
            Ended = context.Now,
            Waiting = null,
        };

    private SweepRow Put(SweepRow sweep, ApplyContext context)
    {
        if (state.Sweeps.TryGet(sweep.Id, out var before) && before == sweep)
            return sweep;
        state.Sweeps.Put(sweep);
        context.Batch.Add(new RowChange.SweepPut(sweep));
        return sweep;
    }
}
