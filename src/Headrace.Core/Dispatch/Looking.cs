using Headrace.Core.Explain;
using Headrace.Core.Queues;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Handles queries for live state. Their responses also wait for the commit of their batch, so that callers never see
/// state that a crash could lose (R1).
/// </summary>
internal sealed class Looking(BrokerState state, Why why)
{
    /// <summary>Responds at once, or parks the request until the job ends or the wait expires.</summary>
    public void Apply(Ticket ticket, Command.Look look, Turn turn)
    {
        if (!state.Jobs.TryGet(look.Job, out var job))
            turn.Batch.Add(ticket, new Answer.NotLive());
        else if (look.Wait > TimeSpan.Zero && state.Waiters.HasRoom)
            state.Waiters.Add(ticket, job.Id, turn.Elapsed + look.Wait);
        else
            turn.Batch.Add(ticket, new Answer.Live(job.ToRow(), why.Of(job)));
    }

    public Answer Queues()
    {
        var counts = state.Counters.All().ToLookup(c => c.Queue);
        return new Answer.Queues([
            .. state.Queues.All.Select(q => new QueueView(
                q.Name,
                q.MaxJobs,
                q.MaxBytes,
                q.Jobs,
                q.Bytes,
                OldestReady(q),
                [.. counts[q.Name]]
            )),
        ]);
    }

    public Answer Methods() =>
        new Answer.Methods([
            .. state.Methods.All.SelectMany(m =>
                m.Versions.Select(v => new MethodView(m.Name, v.Number, v.Schema, v.Offered)
                {
                    IsDefault = v.Number == m.DefaultVersion,
                    ResultSchema = v.ResultSchema,
                    Slots = v.Slots,
                    RunsOn = RunsOn(new MethodRef(m.Name, v.Number)),
                })
            ),
        ]);

    /// <summary>Workers on different machines may report different values.</summary>
    private IReadOnlyList<string> RunsOn(MethodRef method) =>
        [
            .. state
                .Workers.All.Where(w => !w.Silent && w.RunsOn.ContainsKey(method))
                .Select(w => w.RunsOn[method])
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    public Answer Workers(Elapsed now) =>
        new Answer.Workers([
            .. state.Workers.All.Select(w => new WorkerView(
                w.Self.Worker,
                w.Self.Incarnation,
                w.Pool,
                w.Joined,
                w.Slots,
                w.Prefetch,
                w.Draining || w.DrainWanted,
                now - w.Heard,
                [.. w.Offers.Select(o => new MethodRef(o.Method.Name, o.Version))],
                [.. w.Rows.Select(j => j.Lease)]
            )
            {
                Idle = w.Rows.Count == 0 ? now - w.LastBusy : TimeSpan.Zero,
                HoldsExclusive = w.Rows.Any(j => state.Methods.LossOf(j).Exclusive),
            }),
        ]);

    public Answer.Demand Demand(Instant now) =>
        new(
            [
                .. state
                    .Queues.All.SelectMany(q => q.Lanes)
                    .Where(l => l.Count > 0)
                    .Select(l => new DemandView(
                        l.Queue.Name,
                        new MethodRef(l.Method.Name, l.Version),
                        l.Count,
                        now - l.Waits.Oldest!.Value
                    )),
            ],
            state.StorageLow
        );

    private static Instant? OldestReady(Queue queue) => queue.Lanes.Select(l => l.Waits.Oldest).Min();
}
