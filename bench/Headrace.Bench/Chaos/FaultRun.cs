using Headrace.Bench.SlowDisk;
using Headrace.Core;
using Headrace.Server.Machine;

namespace Headrace.Bench.Chaos;

/// <summary>
/// A killed worker, with the time of the kill in microseconds on two clocks: the monotonic clock, and the wall clock
/// that the store uses.
/// </summary>
internal sealed record WorkerDeath(string Worker, Incarnation Incarnation, int Leases, long At, long Wall);

/// <summary>A period during which a fault prevented the server from working.</summary>
internal sealed record FaultWindow(FaultKind Kind, long From, long To);

/// <summary>
/// Injects the faults of a plan at the planned times, and ends those that are still active when the run ends.
/// </summary>
internal sealed class FaultRun(
    ServerKeeper keeper,
    WorkerObserver sight,
    SmallDisk? disk,
    int seed,
    Action<string> report
)
{
    private const int SigContinue = 18; // Linux; a run needs /proc anyway
    private const int SigStop = 19;

    private static readonly TimeSpan VictimLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);

    private readonly Random _choice = new(seed);
    private readonly Dictionary<Fault, (long Since, Action Undo)> _open = [];
    private readonly List<WorkerDeath> _deaths = [];
    private readonly HashSet<(string, Incarnation)> _disturbed = [];
    private readonly List<FaultWindow> _windows = [];
    private readonly SortedDictionary<FaultKind, int> _done = [];

    /// <summary>The disk whose syncs can be slowed down; null if the plan contains no such fault.</summary>
    public SlowDiskLibrary? SlowDisk { get; init; }

    public IReadOnlyList<WorkerDeath> Deaths => _deaths;

    /// <summary>The workers that were killed or suspended.</summary>
    public IReadOnlySet<(string Worker, Incarnation Incarnation)> Disturbed => _disturbed;

    public IReadOnlyList<FaultWindow> Windows => _windows;

    /// <summary>The number of injected faults of each kind.</summary>
    public IReadOnlyDictionary<FaultKind, int> Done => _done;

    /// <summary>
    /// The number of faults that were skipped because there was no target. For example, no worker can be selected while
    /// the server is down.
    /// </summary>
    public int Skipped { get; private set; }

    public async Task RunAsync(IReadOnlyList<Fault> plan, TimeSpan length, CancellationToken stop)
    {
        var began = TimeProvider.System.GetTimestamp();
        var steps = plan.Select(fault => (fault.At, Fault: fault, Ends: false))
            .Concat(
                plan.Where(fault => fault.Length > TimeSpan.Zero)
                    .Select(fault => (At: fault.At + fault.Length, Fault: fault, Ends: true))
            )
            .OrderBy(step => step.At);
        try
        {
            foreach (var (at, fault, ends) in steps)
            {
                await UntilAsync(at);
                if (ends)
                    End(fault);
                else if (await BeginAsync(fault))
                    _done[fault.Kind] = _done.GetValueOrDefault(fault.Kind) + 1;
                else
                    Skipped++;
            }
            await UntilAsync(length);
        }
        finally
        {
            foreach (var fault in _open.Keys.ToList())
                End(fault);
        }

        async Task UntilAsync(TimeSpan at)
        {
            var wait = at - TimeProvider.System.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, stop);
        }
    }

    private async Task<bool> BeginAsync(Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.KillServer:
                if (!keeper.Kill())
                    return false;
                report("kill -9 of the server");
                return true;
            case FaultKind.PauseServer:
                if (keeper.ProcessId is not { } server)
                    return false;
                Unix.Signal(server, SigStop);
                report($"SIGSTOP of the server for {fault.Length.TotalSeconds:0.0} s");
                Open(
                    fault,
                    () =>
                    {
                        // Resumes only the process that was suspended. If it has been replaced, the new process has a
                        // different id and was never suspended.
                        if (keeper.ProcessId == server)
                            Unix.Signal(server, SigContinue);
                    }
                );
                return true;
            case FaultKind.FillDisk:
                disk!.Fill();
                report($"disk full for {fault.Length.TotalSeconds:0.0} s");
                Open(fault, disk.Free);
                return true;
            case FaultKind.SlowDisk:
                SlowDisk!.SlowDown();
                report($"slow disk for {fault.Length.TotalSeconds:0.0} s");
                Open(fault, SlowDisk.Recover);
                return true;
            case FaultKind.PauseWorker:
                if (await VictimAsync() is not { } stopped)
                    return false;
                _disturbed.Add((stopped.Name, stopped.Incarnation));
                Unix.Signal(stopped.ProcessId, SigStop);
                report($"SIGSTOP of {stopped.Name} for {fault.Length.TotalSeconds:0.0} s");
                Open(
                    fault,
                    () =>
                    {
                        if (stopped.Lives)
                            Unix.Signal(stopped.ProcessId, SigContinue);
                    }
                );
                return true;
            default:
                if (await VictimAsync() is not { } killed)
                    return false;
                _disturbed.Add((killed.Name, killed.Incarnation));
                var (at, wall) = (BenchClock.Monotonic, BenchClock.Wall);
                Unix.Signal(killed.ProcessId, Unix.SigKill);
                _deaths.Add(new WorkerDeath(killed.Name, killed.Incarnation, killed.Leases, at, wall));
                return true;
        }
    }

    /// <summary>
    /// Picks one of the workers that hold leases. Returns null if the server does not answer or no worker holds a lease
    /// before the time limit expires.
    /// </summary>
    private async Task<ObservedWorker?> VictimAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var busy = (await sight.ReadAsync()).Where(worker => worker.Leases > 0).ToList();
            if (busy.Count > 0)
                return busy[_choice.Next(busy.Count)];
            if (TimeProvider.System.GetElapsedTime(began) > VictimLimit)
                return null;
            await Task.Delay(PollInterval);
        }
    }

    private void Open(Fault fault, Action undo) => _open.Add(fault, (BenchClock.Monotonic, undo));

    private void End(Fault fault)
    {
        if (!_open.Remove(fault, out var open))
            return;
        open.Undo();
        _windows.Add(new FaultWindow(fault.Kind, open.Since, BenchClock.Monotonic));
    }
}
