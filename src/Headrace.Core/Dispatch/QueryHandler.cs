using Headrace.Core.Explain;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;
using Headrace.Core.Queues;
using Headrace.Core.Retention;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Handles queries for live state. Responses wait for the commit of their batch, so that callers never see state that a
/// crash could lose (R1).
/// </summary>
internal sealed class QueryHandler(BrokerState state, JobExplainer explainer)
{
    /// <summary>Responds to a query that may wait.</summary>
    public void Apply(RequestId requestId, Command query, ApplyContext context)
    {
        if (query is Command.AwaitPlace place)
            Apply(requestId, place, context);
        else
            Apply(requestId, (Command.GetJob)query, context);
    }

    /// <summary>Responds at once, or parks the request until the job ends or the wait expires.</summary>
    private void Apply(RequestId requestId, Command.GetJob query, ApplyContext context)
    {
        var until = context.Arrived + query.Wait;
        if (!state.Jobs.TryGet(query.Job, out var job))
            context.Batch.Add(requestId, new Response.NotLive());
        else if (until > context.Elapsed && state.Waiters.HasCapacity)
            state.Waiters.Add(requestId, job.Id, until);
        else
            context.Batch.Add(requestId, View(job, context));
    }

    /// <summary>Responds to each request whose wait time has expired with the current state of its job.</summary>
    public void ExpireWaits(ApplyContext context)
    {
        while (state.Waiters.TryTake(context.Elapsed, out var requestId, out var id))
            if (state.Jobs.TryGet(id, out var job))
                context.Batch.Add(requestId, View(job, context));
        state.PlaceWaiters.Expire(context.Elapsed, context.Batch);
    }

    /// <summary>
    /// Responds at once if the queue has a free place. Otherwise, responds when a place becomes free or the wait time
    /// expires.
    /// </summary>
    private void Apply(RequestId requestId, Command.AwaitPlace query, ApplyContext context)
    {
        var until = context.Arrived + query.Wait;
        var isFull =
            state.Queues.TryGet(query.Queue, out var queue)
            && !queue.Settings.Draining
            && !queue.HasCapacity(query.Bytes);
        if (isFull && until > context.Elapsed && state.PlaceWaiters.HasCapacity)
            state.PlaceWaiters.Add(requestId, query.Queue, query.Bytes, until);
        else
            context.Batch.Add(requestId, new Response.Acknowledged());
    }

    public Response List(Command command, ApplyContext context) =>
        command switch
        {
            Command.ListQueues list => Queues(list.Range),
            Command.GetQueue get => new Response.Queues(Queue(get.Queue)),
            Command.ListMethods list => Methods(list.Range),
            Command.GetMethod get => new Response.Methods(Versions(get.Method)),
            Command.ListDemand => Demand(context),
            Command.ListHistory list => History(list.Range),
            Command.ListWorkers => Workers(context.Elapsed),
            _ => throw new InvalidOperationException($"No handler is registered for command {command}."),
        };

    private Response.Queues Queues(ListRange range)
    {
        var page = new List<QueueView>();
        var counts = 0;
        foreach (var name in QueuesAfter(range.After))
        {
            if (page.Count == ListRange.MaxEntries || counts >= ListRange.MaxCounts)
                return new Response.Queues(page, IsLast: false);
            page.Add(View(name, state.Counters.Of(name)));
            counts += page[^1].Counts.Count;
        }
        return new Response.Queues(page);
    }

    /// <summary>
    /// Returns the first queues after this name that have jobs or settings, ordered by name. Returns at least one more
    /// queue than fits on a page, if there are that many.
    /// </summary>
    private IEnumerable<QueueName> QueuesAfter(string? name)
    {
        var counted = state.Counters.QueuesAfter(name).Take(ListRange.MaxEntries + 1);
        return state.Queues.HasSettings
            ? counted
                .Union(state.Queues.ConfiguredAfter(name).Take(ListRange.MaxEntries + 1))
                .OrderBy(queue => queue.Text, StringComparer.Ordinal)
            : counted;
    }

    private IReadOnlyList<QueueView> Queue(QueueName name) =>
        state.Counters.Of(name) is var counts
        && (counts.Count > 0 || state.Queues.SettingsOf(name) != QueueSettings.Default)
            ? [View(name, counts)]
            : [];

    /// <summary>
    /// Returns the view of a queue. A queue without unfinished jobs may have no <see cref="Queue"/> object (R13).
    /// </summary>
    private QueueView View(QueueName name, IReadOnlyList<CounterRow> counts)
    {
        var settings = state.Queues.SettingsOf(name);
        if (state.Queues.TryGet(name, out var queue))
            return new QueueView(
                name,
                queue.MaxJobs,
                queue.MaxBytes,
                queue.Jobs,
                queue.Bytes,
                OldestReady(queue),
                counts
            )
            {
                Settings = settings,
                Gates = queue.Gates,
            };
        return new QueueView(
            name,
            settings.MaxJobs ?? state.Options.MaxQueueJobs,
            settings.MaxBytes ?? state.Options.MaxQueueBytes,
            0,
            0,
            null,
            counts
        )
        {
            Settings = settings,
        };
    }

    private Response.HistoryList History(ListRange range)
    {
        var page = new List<HistoryView>();
        foreach (var name in state.Counters.QueuesAfter(range.After))
        {
            if (page.Count >= ListRange.MaxEntries)
                return new Response.HistoryList(page, IsLast: false);
            if (!state.Histories.TryGet(name, out var histories))
                continue;
            page.AddRange(
                from historyClass in QueueHistory.Classes
                where histories[historyClass].Jobs > 0
                select View(histories, historyClass)
            );
        }
        return new Response.HistoryList(page);
    }

    private HistoryView View(QueueHistory histories, HistoryClass historyClass)
    {
        var (history, limit) = (
            histories[historyClass],
            state.Queues.SettingsOf(histories.Queue).RetentionOf(historyClass)
        );
        return new HistoryView(histories.Queue, historyClass, history.Jobs, history.Bytes, limit)
        {
            OldestNotBefore = history.OldestNotBefore,
            DueAt = history.OldestNotBefore is null
                ? null
                : RetentionRule.DueAt(history, limit, state.Options.MinRetention),
        };
    }

    private Response.Methods Methods(ListRange range)
    {
        var page = new List<MethodView>();
        foreach (var (method, version) in state.Methods.After(range.After))
        {
            if (page.Count == ListRange.MaxEntries)
                return new Response.Methods(page, IsLast: false);
            page.Add(View(method, version));
        }
        return new Response.Methods(page);
    }

    private IReadOnlyList<MethodView> Versions(MethodName name) =>
        state.Methods.TryGet(name, out var method) ? [.. method.Versions.Select(version => View(method, version))] : [];

    private MethodView View(Method method, Method.Version version) =>
        new(method.Name, version.Number, version.Schema, version.OfferCount)
        {
            IsDefault = version.Number == method.DefaultVersion,
            ResultSchema = version.ResultSchema,
            Slots = version.Slots,
            LossPolicy = version.LossPolicy,
            Retry = version.Row.Retry,
            RuntimeInfo = version.OfferCount == 0 ? [] : RuntimeInfoOf(new MethodRef(method.Name, version.Number)),
            Unavailable = UnavailableOn(new MethodRef(method.Name, version.Number)),
        };

    /// <summary>Returns the distinct reasons why some workers currently cannot run the method.</summary>
    private IReadOnlyList<string> UnavailableOn(MethodRef method) =>
        [
            .. state
                .Workers.All.Where(w => w.AcceptsJobs && w.Unavailable.ContainsKey(method))
                .Select(w => w.Unavailable[method])
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>
    /// Returns the distinct runtime descriptions of the workers that offer the method. Workers on different machines
    /// may report different values.
    /// </summary>
    private IReadOnlyList<string> RuntimeInfoOf(MethodRef method) =>
        [
            .. state
                .Workers.All.Where(w => w.AcceptsJobs && w.RuntimeInfo.ContainsKey(method))
                .Select(w => w.RuntimeInfo[method])
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    private Response.Workers Workers(Elapsed now) =>
        new([
            .. state.Workers.All.Select(w => new WorkerView(
                w.Identity.Worker,
                w.Identity.Incarnation,
                w.Pool,
                w.Joined,
                w.Slots,
                w.Prefetch,
                w.Phase is WorkerPhase.DrainRequested or WorkerPhase.Draining,
                now - w.LastSeen,
                [.. w.Offers.Select(o => new MethodRef(o.Method.Name, o.Version.Number))],
                [.. w.HeldJobs.Select(j => j.Lease)]
            )
            {
                SlotsInUse = Math.Min(w.Slots, w.OccupiedSlots),
                RefusedOffers = w.RefusedOffers.ToDictionary(each => each.Key, each => each.Value.Reason),
                Idle = w.HeldJobs.Count == 0 ? now - w.LastBusy : TimeSpan.Zero,
                HoldsExclusive = w.HeldJobs.Any(j => state.Methods.LossPolicyOf(j).Exclusive),
            }),
        ]);

    private Response.Demand Demand(ApplyContext context) =>
        new(
            [
                .. state
                    .Queues.All.SelectMany(q => q.Lanes)
                    .Where(l => l.Count > 0 && l.Queue.IsOpen && l.Method.Name != MessageMethod.Name)
                    .Select(l => new DemandView(
                        l.Queue.Name,
                        new MethodRef(l.Method.Name, l.Version),
                        l.Count,
                        context.Since(l.ReadyTimes.Oldest!.Value)
                    )
                    {
                        SlotsPerJob = l.Method.Find(l.Version == 0 ? l.Method.DefaultVersion : l.Version)?.Slots ?? 1,
                    }),
            ],
            state.StorageLowReason?.Detail
        );

    private Response.Live View(Job job, ApplyContext context) => new(job.ToRow(), explainer.Explain(job, context));

    private static Instant? OldestReady(Queue queue) => queue.Lanes.Select(l => l.ReadyTimes.Oldest).Min();
}
