using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
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
internal sealed partial class LocalPool : IEffectObserver, IWorkerProvider
{
    /// <summary>
    /// The interval at which the pool checks its workers while workers from an earlier server are running or the
    /// mailbox is closed.
    /// </summary>
    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(250);

    private readonly PoolSettings _settings;
    private readonly IShardRouter _shards;
    private readonly WorkerLogs _output;
    private readonly TimeProvider _time;
    private readonly ILogger<LocalPool> _logger;
    private readonly long _start;

    /// <summary>One slot per requested worker, and the slots whose processes are stopping.</summary>
    private readonly List<PoolSlot> _slots;
    private readonly AdoptedWorkers _adopted;
    private readonly ChildWatch _children;
    private readonly PoolReport _report;
    private long _places;

    /// <summary>Requests to the pool that the loop has not processed yet.</summary>
    private readonly ConcurrentQueue<(Action Act, TaskCompletionSource Done)> _requests = new();
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>
    /// The reasons why workers of this pool were not allowed to join. Each entry remains until the process of the
    /// worker has exited. Written by the shard's loop.
    /// </summary>
    private readonly ConcurrentDictionary<LeaseHolder, string> _rejected = [];

    /// <summary>The number of workers that have contacted this server but were not started by it.</summary>
    private int _foreignJoined;

    public LocalPool(
        PoolSettings settings,
        IShardRouter shards,
        WorkerLogs output,
        TimeProvider time,
        ILogger<LocalPool> logger
    )
    {
        (_settings, _shards, _output, _time, _logger) = (settings, shards, output, time, logger);
        (_start, _places) = (time.GetTimestamp(), settings.Min);
        _slots = [.. Enumerable.Range(0, settings.Min).Select(place => new PoolSlot(place, default))];
        _adopted = new AdoptedWorkers(settings, shards, time, logger);
        _children = new ChildWatch(shards, Wake);
        _report = new PoolReport(settings, _slots);
    }

    public PoolStatus Status => _report.Status(Now);

    public string Name => _settings.Name;

    public string Kind => "local processes";

    /// <summary>
    /// Completes when the minimum number of workers has joined with their methods for the first time.
    /// </summary>
    public Task Complete => _report.Complete;

    private Elapsed Now => new(_time.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMicrosecond);

    public void Observe(IReadOnlyList<Effect> effects)
    {
        foreach (var effect in effects)
            Observe(effect);
    }

    private void Observe(Effect effect)
    {
        if (effect is Effect.WorkerRejected rejected && _settings.Names(rejected.Worker.Worker.Text))
            _rejected[rejected.Worker] = rejected.Reason;
        if (effect is Effect.WorkerJoined or Effect.WorkerDisconnected)
            Wake();
    }

    public IReadOnlyList<ProvidedWorker> List() => _report.Workers;

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
                await _children.ReportAsync(OnExitReported, stop);
                while (_requests.TryDequeue(out var request))
                    CarryOut(request.Act, request.Done);
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
        var all = Task.WhenAll(_children.All, _adopted.DrainAsync(Now));
        try
        {
            if (!all.IsCompleted)
                Draining(_children.Running.Count + _adopted.Count, grace.TotalSeconds);
            await all.WaitAsync(grace, _time, abandon);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            foreach (var child in _children.Running)
                Kill(child);
            _adopted.Kill();
            await all;
        }
        try
        {
            await _children.ReportAsync(OnExitReported, CancellationToken.None);
            await _adopted.ReportAllExitsAsync(CancellationToken.None);
        }
        catch (MailboxClosedException)
        {
            // The store accepts no commits. The next server detects and reports that these processes have exited.
        }
        Publish();
    }

    /// <summary>
    /// Determines the state of the workers and applies the rule. Returns the latest time at which the next check must
    /// run.
    /// </summary>
    private async Task<Elapsed?> ReconcileAsync(CancellationToken stop)
    {
        // This call throws while the store rejects commits. The pool then remains unchanged.
        var census = new WorkerCensus(_settings, await _shards.ListWorkersAsync(stop), _slots);
        // The clock is read once per iteration. If a delay ended between two readings, the loop would neither act on
        // its end nor wait for it.
        var now = Now;
        if (await _adopted.RefreshAsync([.. census.Foreign.Select(WorkerCensus.Self)], now, stop))
            return now;

        foreach (var slot in census.JoinedSlots)
            slot.Joined(now);
        var count = census.Count(_adopted, now);
        _foreignJoined = count.Joined;
        var filled = FilledPlaces(count.Kept);
        var decision = PoolRule.Decide(
            new LocalPoolView([.. filled.Select(slot => slot.View)], count.Counted, count.Taken, now),
            _settings.Prefix
        );
        foreach (var i in decision.Drain)
            Drain(filled[i]);
        _adopted.Drain(count.Counted - filled.Count);
        foreach (var (i, name) in decision.Start)
            Start(filled[i], name);
        foreach (var worker in census.Paused)
            EndPaused(worker, census.Ours);
        foreach (var slot in _slots.Where(slot => slot.IsUnresponsive(now, _settings.Lease)))
            Kill(slot.Child!);

        Publish();
        var again = _slots
            .Where(slot => slot.Child is null && !slot.Abandoned && slot.BackoffUntil > now)
            .Select(slot => (Elapsed?)slot.BackoffUntil);
        return again
            .Append(census.Foreign.Count + _adopted.Count > 0 ? now + PollPeriod : null)
            .Append(census.Ours.Count > 0 ? now + PausedWorkerRule.CheckPeriod(_settings.Lease) : null)
            .Min();
    }

    /// <summary>
    /// Returns the slots that should have a worker. Adds a slot for each adopted worker without one, so that a scaling
    /// pool keeps the size that it had under an earlier server.
    /// </summary>
    private List<PoolSlot> FilledPlaces(int kept)
    {
        var filled = _slots.Where(slot => !slot.IsLeaving).ToList();
        while (filled.Count < Math.Min(kept, _settings.Max))
        {
            filled.Add(new PoolSlot(_places++, Now));
            _slots.Add(filled[^1]);
        }
        return filled;
    }

    private void Stop(ProvidedWorker worker)
    {
        if (_slots.Find(slot => slot.Place == worker.Place) is { } slot)
        {
            // The slot's process has changed since the request was made. The new process may have jobs, so it is not
            // stopped.
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

    private void CarryOut(Action act, TaskCompletionSource done)
    {
        try
        {
            act();
            Publish();
            done.SetResult();
        }
#pragma warning disable CA1031 // The exception goes to the caller, who would otherwise wait forever.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            done.SetException(fault);
        }
    }

    private void Start(PoolSlot slot, WorkerName name)
    {
        var self = new LeaseHolder(
            name,
            new Incarnation(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))))
        );
        try
        {
            var child = WorkerChild.Start(_settings, self);
            // Crash point 10: the process is running, but it is not recorded anywhere. The process waits for the next
            // server, which finds it by its environment and counts it as a worker of the pool. That server starts no
            // other worker in the process's slot or under its name, and a graceful stop also stops this process (R9).
            CrashPoint.Reached(10);
            slot.Started(child);
            WorkerStarted(name, child.ProcessId, self.Incarnation);
            Announce("started", name);
            _children.Add(slot, child, OnLine);

            void OnLine(LeaseHolder worker, string line)
            {
                _output.Add(worker.Worker.Text, child.ProcessId, line);
                WorkerLine(worker.Worker, line);
            }
        }
        catch (HeadraceException missing)
        {
            slot.Ended(new ProcessEnd(ExitKind.Exit, false, missing.Message), Now);
            WorkerCannotStart(missing.Message, slot.Backoff.Delay.TotalSeconds);
            Announce("failed", name, missing.Message);
        }
    }

    private void OnExitReported(PoolSlot slot, ProcessEnd end)
    {
        var (asked, self, process) = (slot.Child!.StopRequested, slot.Child.Self.Worker, slot.Child.ProcessId);
        if (_rejected.TryRemove(slot.Child.Self, out var reason) && !asked)
            end = end.Refused(reason);
        slot.Ended(end, Now);
        if (slot.IsLeaving)
            _slots.Remove(slot);
        _output.Add(self.Text, process, $"(process {process} {end.Message})");
        Announce("exited", self, end.Message);
        if (end.IsPermanent)
            WorkerAbandoned(self, process, slot.LastEnd!);
        else if (asked)
            WorkerEnded(self, process);
        else
            WorkerDied(self, process, slot.LastEnd!, slot.Backoff.Delay.TotalSeconds);
    }

    private void EndPaused(WorkerView worker, IReadOnlyDictionary<LeaseHolder, PoolSlot> ours)
    {
        if (ours.TryGetValue(WorkerCensus.Self(worker), out var slot))
        {
            if (!slot.Child!.StopRequested)
                KillingPaused(worker.Name, worker.SinceLastSeen.TotalSeconds);
            slot.Child.Kill();
        }
        else
        {
            _adopted.Kill(WorkerCensus.Self(worker));
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

    private void Announce(string change, WorkerName worker, string? reason = null) =>
        _settings.Announce(
            new PoolEventReply(Name, change, _time.GetUtcNow()) { Worker = worker.Text, Reason = reason }
        );

    private void Publish() => _report.Publish(_slots, _adopted, _foreignJoined, Now);

    private void Wake() => _wakes.Writer.TryWrite(true);

    private async Task WaitAsync(Elapsed? askAgain, CancellationToken stop)
    {
        var wait = askAgain is { } at ? at - Now : Timeout.InfiniteTimeSpan;
        if (askAgain is not null && wait <= TimeSpan.Zero)
            return;
        using var alarm = new CancellationTokenSource(wait, _time);
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
}
