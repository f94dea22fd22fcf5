using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Supervises a pool of local workers: starts their processes, reports exits to the broker immediately, and starts
/// replacements according to the <see cref="PoolRule"/>. All state is owned by one loop, which <see cref="RunAsync"/>
/// runs. <see cref="DrainAsync"/> stops the workers. Requests from other threads wait for the next iteration of the
/// loop.
/// </summary>
internal sealed partial class LocalPool(
    PoolSettings settings,
    IShardRouter shards,
    TimeProvider time,
    ILogger<LocalPool> logger
) : IEffectObserver, IWorkerProvider
{
    /// <summary>
    /// How often the pool checks its workers while workers of an earlier server run, or while the mailbox is closed.
    /// </summary>
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(250);

    /// <summary>One slot per requested worker, and the slots whose processes are stopping.</summary>
    private readonly List<PoolSlot> _slots =
    [
        .. Enumerable.Range(0, settings.Min).Select(place => new PoolSlot(place, default)),
    ];
    private readonly AdoptedWorkers _adopted = new(settings, shards, time, logger);
    private long _places = settings.Min;
    private readonly long _start = time.GetTimestamp();

    /// <summary>
    /// Process exits that the loop has not handled yet. Written by the tasks that wait for the processes.
    /// </summary>
    private readonly ConcurrentQueue<(PoolSlot Slot, ProcessEnd End)> _ended = new();

    /// <summary>Requests to the pool that the loop has not processed yet.</summary>
    private readonly ConcurrentQueue<(Action Act, TaskCompletionSource Done)> _requests = new();
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<PoolSlot, Task> _watchers = [];

    /// <summary>
    /// Workers of an earlier server, or of another program under this pool's name, that have contacted this server.
    /// </summary>
    private int _foreignJoined;

    /// <summary>The status of the pool. The loop replaces it after each iteration.</summary>
    private volatile PoolStatus _status = new(
        settings.Min,
        0,
        settings.Min == 0,
        null,
        [.. Enumerable.Repeat(new PoolSlot(0, default).Status(default), settings.Min)],
        []
    );

    /// <summary>Since when fewer workers than the target have joined. The loop replaces it.</summary>
    private volatile Shortfall? _shortSince;
    private volatile IReadOnlyList<ProvidedWorker> _list =
    [
        .. Enumerable
            .Range(0, settings.Min)
            .Select(place => new ProvidedWorker(place, null, ProvidedState.Started, default, null, null)),
    ];

    public PoolStatus Status =>
        _status with
        {
            ShortSeconds = _shortSince is { } since ? (Now - since.At).TotalSeconds : null,
        };

    public string Name => settings.Name;

    public string Kind => "local processes";

    /// <summary>
    /// Completes when the minimum number of workers has joined with their methods for the first time.
    /// </summary>
    public Task Complete => settings.Min == 0 ? Task.CompletedTask : _complete.Task;

    private Elapsed Now => new(time.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMicrosecond);

    public void Observe(Effect effect)
    {
        if (effect is Effect.WorkerJoined or Effect.WorkerDisconnected)
            Wake();
    }

    public IReadOnlyList<ProvidedWorker> List() => _list;

    public Task StartAsync(CancellationToken cancellationToken) =>
        InvokeAsync(() => _slots.Add(new PoolSlot(_places++, Now)), cancellationToken);

    public Task StopAsync(ProvidedWorker worker, CancellationToken cancellationToken) =>
        InvokeAsync(() => Stop(worker), cancellationToken);

    /// <summary>Maintains the size of the pool until cancelled. Cancellation does not stop the processes.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Elapsed? askAgain;
            try
            {
                await ReportExitsAsync(stop);
                while (_requests.TryDequeue(out var wish))
                {
                    wish.Act();
                    Publish();
                    wish.Done.SetResult();
                }
                askAgain = await ReconcileAsync(stop);
            }
            catch (MailboxClosedException)
            {
                askAgain = Now + PollPeriod;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The next turn may succeed. If the loop ended, no worker would ever be replaced.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                ReconcileFailed(fault);
                askAgain = Now + PollPeriod;
            }
            await WaitAsync(askAgain, stop);
        }
    }

    /// <summary>
    /// Asks every process to finish its jobs and exit, and kills those that do not exit within the grace period, or
    /// immediately when <paramref name="abandon"/> is cancelled.
    /// </summary>
    public async Task DrainAsync(TimeSpan grace, CancellationToken abandon)
    {
        foreach (var slot in _slots)
            slot.Drain(Now);
        Publish();
        var all = Task.WhenAll([.. _watchers.Values, _adopted.DrainAsync(Now)]);
        try
        {
            if (!all.IsCompleted)
                Draining(_watchers.Count(watcher => !watcher.Value.IsCompleted) + _adopted.Count, grace.TotalSeconds);
            await all.WaitAsync(grace, time, abandon);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            foreach (
                var child in _slots
                    .Where(slot => slot.Child is not null && !_watchers[slot].IsCompleted)
                    .Select(slot => slot.Child!)
            )
                Kill(child);
            _adopted.Kill();
            await all;
        }
        try
        {
            await ReportExitsAsync(CancellationToken.None);
            await _adopted.ReportAllExitsAsync(CancellationToken.None);
        }
        catch (MailboxClosedException)
        {
            // The store accepts no commits. The next server detects that these processes have ended and reports it.
        }
        Publish();
    }

    /// <summary>
    /// Determines the state of the workers and applies the rule. Returns the time by which the next check must run.
    /// </summary>
    private async Task<Elapsed?> ReconcileAsync(CancellationToken stop)
    {
        // Throws while the store rejects commits. The pool then remains unchanged.
        var workers = await shards.ListWorkersAsync(stop);
        var ours = _slots.Where(slot => slot.Child is not null).ToDictionary(slot => slot.Child!.Self);
        var foreign = workers.Where(worker => worker.Pool == settings.Name && !ours.ContainsKey(Self(worker))).ToList();
        // Reads the clock once per iteration. If a delay ended between two readings, the loop would neither act on it
        // nor wait for it.
        var now = Now;
        if (await _adopted.RefreshAsync([.. foreign.Select(Self)], now, stop))
            return now;

        foreach (var worker in workers)
            if (HasJoined(worker) && ours.TryGetValue(Self(worker), out var slot))
                slot.Joined(now);
        // A worker that has had no contact for one lease duration does not count. If it reconnects, one of the new
        // workers is drained.
        var others = foreign
            .Where(worker => worker.SinceLastSeen < settings.Lease && !_adopted.Leaves(Self(worker)))
            .ToList();
        _foreignJoined = others.Count(HasJoined);
        var expected = _adopted.Expected(now).ToList();
        var kept = others.Count(worker => _adopted.Has(Self(worker))) + expected.Count;
        var filled = FilledPlaces(kept);
        // A worker of another program, or a worker whose process cannot be identified, counts toward the minimum number
        // of workers. Scaling ignores these workers, so the workers that scaling requests are still started.
        var adopted =
            kept
            + Math.Min(
                others.Count(worker => !_adopted.Has(Self(worker)) && HasJoined(worker)),
                Math.Max(0, settings.Min - kept)
            );
        var taken = workers
            .Select(worker => worker.Name)
            .Concat(expected)
            .Concat(_slots.Where(slot => slot.Child is not null).Select(slot => slot.Child!.Self.Worker))
            .ToHashSet();
        var decision = PoolRule.Decide(
            new PoolView([.. filled.Select(slot => slot.View)], adopted, taken, now),
            settings.Prefix
        );
        foreach (var i in decision.Drain)
            Drain(filled[i]);
        _adopted.Drain(adopted - filled.Count);
        foreach (var (i, name) in decision.Start)
            Start(filled[i], name);
        foreach (
            var worker in workers.Where(worker =>
                worker.Pool == settings.Name && PausedWorkerRule.MustEnd(worker, settings.Lease)
            )
        )
            EndPaused(worker, ours);
        foreach (var slot in _slots.Where(slot => slot.IsUnresponsive(now, settings.Lease)))
            Kill(slot.Child!);

        Publish();
        var again = _slots
            .Where(slot => slot.Child is null && !slot.Abandoned && slot.BackoffUntil > now)
            .Select(slot => (Elapsed?)slot.BackoffUntil);
        return again
            .Append(foreign.Count + _adopted.Count > 0 ? now + PollPeriod : null)
            .Append(ours.Count > 0 ? now + PausedWorkerRule.CheckPeriod(settings.Lease) : null)
            .Min();
    }

    /// <summary>
    /// Returns the slots that should have a worker. Adds a slot for each adopted worker without one, so that a pool
    /// that scales keeps the size that it had under an earlier server.
    /// </summary>
    private List<PoolSlot> FilledPlaces(int kept)
    {
        var filled = _slots.Where(slot => !slot.IsLeaving).ToList();
        while (filled.Count < Math.Min(kept, settings.Max))
        {
            filled.Add(new PoolSlot(_places++, Now));
            _slots.Add(filled[^1]);
        }
        return filled;
    }

    /// <summary>Offers are not stored across a restart, so a worker with offers has contacted this server.</summary>
    private static bool HasJoined(WorkerView worker) => worker.Offers.Count > 0;

    private static LeaseHolder Self(WorkerView worker) => new(worker.Name, worker.Incarnation);

    private void Stop(ProvidedWorker worker)
    {
        if (_slots.Find(slot => slot.Place == worker.Place) is { } slot)
        {
            // The slot's process has changed since the request was made, and the new process may have jobs.
            if (slot.Child?.Self != worker.Self)
                return;
            slot.Leave(Now);
            if (slot.Child is null)
                _slots.Remove(slot);
        }
        else if (worker.Self is { } self && _adopted.Has(self) && !_adopted.Leaves(self))
        {
            _adopted.MarkStopping(self);
            // Removes the slot that was reserved for this worker.
            if (_slots.Find(slot => slot is { Child: null, IsLeaving: false }) is { } place)
                _slots.Remove(place);
        }
    }

    private async Task InvokeAsync(Action act, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Enqueue((act, done));
        Wake();
        await done.Task.WaitAsync(cancellationToken);
    }

    private void Start(PoolSlot slot, WorkerName name)
    {
        var self = new LeaseHolder(
            name,
            new Incarnation(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))))
        );
        try
        {
            var child = WorkerChild.Start(settings, self);
            // Crash point 10: the process runs, but it is not recorded anywhere. It waits for the next server, which
            // finds it by its environment and counts it as a worker of the pool. That server starts no other worker in
            // its slot or under its name, and a graceful stop also stops this process (R9).
            CrashPoint.Reached(10);
            slot.Started(child);
            WorkerStarted(name, child.ProcessId, self.Incarnation);
            _watchers[slot] = WatchAsync(slot, child);
        }
        catch (HeadraceException missing)
        {
            slot.Ended(new ProcessEnd(ExitKind.Exit, false, missing.Message), Now);
            WorkerCannotStart(missing.Message, slot.Backoff.Delay.TotalSeconds);
        }
    }

    private async Task WatchAsync(PoolSlot slot, WorkerChild child)
    {
        var end = await child.EndAsync((worker, line) => WorkerLine(worker.Worker, line));
        _ended.Enqueue((slot, end));
        Wake();
    }

    /// <summary>
    /// Reports each process that has ended to the broker before its slot changes, because the broker's commit makes the
    /// jobs of the process available to other workers.
    /// </summary>
    private async Task ReportExitsAsync(CancellationToken stop)
    {
        while (_ended.TryPeek(out var next))
        {
            var (slot, end) = next;
            await shards.Of(slot.Child!.Self.Worker).SendAsync(new Command.WorkerDied(slot.Child.Self, end.How), stop);
            _ended.TryDequeue(out _);
            var (asked, self, process) = (slot.Child.StopRequested, slot.Child.Self.Worker, slot.Child.ProcessId);
            slot.Ended(end, Now);
            _watchers.Remove(slot);
            if (slot.IsLeaving)
                _slots.Remove(slot);
            if (end.IsPermanent)
                WorkerAbandoned(self, process, slot.LastEnd!);
            else if (asked)
                WorkerEnded(self, process);
            else
                WorkerDied(self, process, slot.LastEnd!, slot.Backoff.Delay.TotalSeconds);
        }
    }

    private void EndPaused(WorkerView worker, Dictionary<LeaseHolder, PoolSlot> ours)
    {
        if (ours.TryGetValue(Self(worker), out var slot))
        {
            if (!slot.Child!.StopRequested)
                KillingPaused(worker.Name, worker.SinceLastSeen.TotalSeconds);
            slot.Child.Kill();
        }
        else
        {
            _adopted.Kill(Self(worker));
        }
    }

    private void Kill(WorkerChild child)
    {
        Killing(child.Self.Worker, child.ProcessId);
        child.Kill();
    }

    private void Drain(PoolSlot slot)
    {
        WorkerDraining(slot.Child!.Self.Worker, slot.Child.ProcessId);
        slot.Drain(Now);
    }

    private void Publish()
    {
        var joined = _foreignJoined + _slots.Count(slot => slot is { Child.StopRequested: false, JoinedAt: not null });
        if (joined >= settings.Min)
            _complete.TrySetResult();
        var target = _slots.Count(slot => !slot.IsLeaving);
        _shortSince = joined >= target ? null : _shortSince ?? new Shortfall(Now);
        _status = new PoolStatus(
            target,
            joined,
            Complete.IsCompleted,
            null,
            [.. _slots.Select(slot => slot.Status(Now))],
            _adopted.Status
        );
        var now = Now;
        var leftBehind = _adopted.All.ToList();
        // Empty slots are reserved for workers of an earlier server while such workers exist.
        var standing = _slots
            .Where(slot => slot is { Child: null, IsLeaving: false })
            .Take(leftBehind.Count(worker => !worker.Leaves))
            .ToHashSet();
        _list =
        [
            .. _slots.Where(slot => !standing.Contains(slot)).Select(slot => slot.Provided(now)),
            // The place is negative so that it differs from the place of every slot.
            .. leftBehind.Select(worker => new ProvidedWorker(
                -worker.Process,
                worker.Self,
                worker.Leaves ? ProvidedState.Leaving : ProvidedState.Started,
                now - worker.Found,
                worker.Process,
                null
            )),
        ];
    }

    private void Wake() => _wakes.Writer.TryWrite(true);

    private async Task WaitAsync(Elapsed? askAgain, CancellationToken stop)
    {
        var wait = askAgain is { } at ? at - Now : Timeout.InfiniteTimeSpan;
        if (askAgain is not null && wait <= TimeSpan.Zero)
            return;
        using var alarm = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(alarm.Token, stop);
        try
        {
            await _wakes.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // The next check is due, or the pool is stopping. The caller checks which.
        }
    }

    /// <summary>
    /// The time at which a shortfall of workers began. A class, because it is shared between threads.
    /// </summary>
    private sealed record Shortfall(Elapsed At);
}
