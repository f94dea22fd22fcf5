using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Scaling;
using Headrace.Protocol.Json;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools;

/// <summary>
/// Periodically reads the waiting jobs and the workers, and applies the <see cref="ScalingRule"/>. To remove a worker,
/// the server first stops assigning jobs to it and instructs it to finish its jobs and exit. Only then does the
/// provider stop the worker.
/// </summary>
internal sealed partial class Scaler(
    IReadOnlyList<ManagedPool> pools,
    IShardRouter shards,
    TimeSpan period,
    TimeProvider time,
    Action<PoolEventReply> announce,
    ILogger<Scaler> logger
)
{
    /// <summary>
    /// Fraction of the lease after which a worker that has not contacted the server is considered unresponsive and is
    /// not counted. A healthy worker contacts the server at least once every third of the lease.
    /// </summary>
    private const double SilentShare = 0.5;

    /// <summary>When this server started. A worker that joined later runs the worker program of this server.</summary>
    private readonly Instant _since = Instant.From(time.GetUtcNow());

    /// <summary>
    /// Runs one check per period until cancelled. The first check runs after one period, because the providers then
    /// know which workers an earlier server started.
    /// </summary>
    public async Task RunAsync(TimeSpan lease, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(period, time);
        while (await TicksAsync(timer, stop))
        {
            try
            {
                await RunOnceAsync(lease, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (MailboxClosedException closed)
            {
                // While the store rejects commits, no jobs are assigned, so no workers are started either.
                RunDelayed(closed.Message);
            }
#pragma warning disable CA1031 // The next check may succeed.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                RunFailed(fault);
            }
        }
    }

    /// <summary>Runs one check and carries out the resulting decisions.</summary>
    public async Task RunOnceAsync(TimeSpan lease, CancellationToken stop)
    {
        var workers = (await shards.ListWorkersAsync(stop)).ToDictionary(worker => new LeaseHolder(
            worker.Name,
            worker.Incarnation
        ));
        var demand = await shards.ListDemandAsync(stop);
        var provided = pools.Select(pool => pool.Provider.List()).ToList();
        var views = new List<PoolView>();
        foreach (var (pool, members) in pools.Zip(provided))
        {
            var newest = Newest(members, workers);
            if (newest is not null)
                pool.Learned.OnSeen(newest.Offers);
            views.Add(
                new PoolView(
                    pool.Definition.Name,
                    pool.Methods,
                    pool.Definition.Policy,
                    [.. members.Select(member => View(member, workers, lease))]
                )
                {
                    NewWorkerOffers = pool.Learned.Offers,
                    NewWorkerSlots = newest?.Slots,
                    MustLearn = pool.Learned.MustLearn,
                }
            );
        }
        foreach (
            var (pool, members, decision) in pools.Zip(
                provided,
                ScalingRule.Decide(views, demand.Lanes, demand.PausedReason)
            )
        )
            await ApplyAsync(pool, members, decision, stop);
    }

    private async Task ApplyAsync(
        ManagedPool pool,
        IReadOnlyList<ProvidedWorker> members,
        ScalingAction decision,
        CancellationToken stop
    )
    {
        var drained = new List<string>();
        foreach (var member in decision.Drain.Select(i => members[i]))
            if (await DrainAsync(pool, member, stop))
                drained.Add(member.Self?.Worker.Text ?? "one that has not started");
        for (var i = 0; i < decision.Start; i++)
            await pool.Provider.StartAsync(stop);
        var note = new ScalingDecision(time.GetUtcNow(), members.Count, decision.Start, drained, decision.Reason);
        pool.History.Add(note);
        if (note.IsChange)
        {
            Changed(pool.Definition.Name, decision.Start, string.Join(' ', drained), decision.Reason.Detail);
            announce(
                new PoolEventReply(pool.Definition.Name, "scaled", note.At)
                {
                    Workers = note.Workers,
                    Starting = note.Started,
                    Draining = note.Drained,
                    // All readers receive the same text, and some of them may not see every queue.
                    Reason = note.Reason.Public,
                }
            );
        }
        else
            Kept(pool.Definition.Name, decision.Reason.Detail);
    }

    private async Task<bool> DrainAsync(ManagedPool pool, ProvidedWorker member, CancellationToken stop)
    {
        // A worker that has received a job since the check is kept. Once the server has accepted the drain, it assigns
        // no more jobs to the worker.
        if (
            member.Self is { } self
            && await shards.Of(self.Worker).SendAsync(new Command.Drain(self, pool.Definition.Policy.IdleAfter), stop)
                is Response.Rejected
        )
            return false;
        await pool.Provider.StopAsync(member, stop);
        return true;
    }

    /// <summary>
    /// Returns the newest worker that joined under this server; null if there is none. The next worker will offer the
    /// same methods and have the same number of slots. Workers from an earlier server do not count, because they may
    /// run another version of the program.
    /// </summary>
    private WorkerView? Newest(IReadOnlyList<ProvidedWorker> members, Dictionary<LeaseHolder, WorkerView> workers) =>
        members
            .Select(member => member.Self is { } self ? workers.GetValueOrDefault(self) : null)
            .OfType<WorkerView>()
            .Where(worker => worker.Joined >= _since && worker.Offers.Count > 0)
            .MaxBy(worker => worker.Joined.Micros);

    private static MemberView View(ProvidedWorker member, Dictionary<LeaseHolder, WorkerView> workers, TimeSpan lease)
    {
        if (member.State == ProvidedState.Leaving)
            return new MemberView(MemberState.Leaving, default);
        // Offers are not stored across a restart, so a worker without offers has not contacted this server.
        if (member.Self is not { } self || !workers.TryGetValue(self, out var worker) || worker.Offers.Count == 0)
            return new MemberView(
                member.State == ProvidedState.Failing ? MemberState.Failing : MemberState.Starting,
                member.Duration
            );
        if (worker.Draining)
            return new MemberView(MemberState.Leaving, default);
        if (worker.SinceLastSeen > lease * SilentShare)
            return new MemberView(MemberState.Unresponsive, worker.SinceLastSeen);
        return worker.Leases.Count > 0
            ? new MemberView(MemberState.Busy, default)
            : new MemberView(MemberState.Idle, worker.Idle, worker.Offers, worker.Slots);
    }

    private static async Task<bool> TicksAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
