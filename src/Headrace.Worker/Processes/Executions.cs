using System.Collections.Concurrent;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Processes;

/// <summary>
/// The executions of programs in this worker process. Ensures that no process and no folder outlives its execution,
/// even if the process has left its session, or if this worker or another worker is killed.
/// </summary>
internal sealed class Executions : IDisposable
{
    /// <summary>
    /// Interval between searches for processes that have left their execution, while programs are running.
    /// </summary>
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    private static int _instances;

    private readonly TimeProvider _time;
    private readonly int _instance = Interlocked.Increment(ref _instances);
    private readonly ConcurrentDictionary<long, byte> _running = new();
    private readonly Lock _lock = new();
    private readonly long _start;

    // Guarded by _lock. Created with the first execution.
    private ScratchRoot? _scratch;
    private OrphanGuard? _guard;
    private ITimer? _sweeper;

    private long _count;
    private long _endCount;

    // Accessed only by the sweeper's callbacks, which do not overlap in practice; an additional sweep is harmless.
    private long _endCountAtSweep = -1;
    private bool _foundAny;

    public Executions(TimeProvider time)
    {
        _time = time;
        _start = ProcFs.StartOf(Environment.ProcessId) ?? 0;
    }

    /// <summary>Gets the part of the marks that all executions of this worker share.</summary>
    public string OwnerText => new ExecutionMark(Environment.ProcessId, _start, _instance, 0).OwnerText;

    /// <summary>Begins an execution and returns its mark.</summary>
    public ExecutionMark Begin()
    {
        var mark = new ExecutionMark(Environment.ProcessId, _start, _instance, Interlocked.Increment(ref _count));
        _running[mark.Number] = 0;
        return mark;
    }

    /// <summary>Ends an execution. Any of its processes that are still alive are killed.</summary>
    /// <param name="mark">The execution.</param>
    /// <param name="session">The session of its first process; 0 if none was started.</param>
    /// <param name="search">
    /// Whether to search all processes for members now instead of in the next sweep. The search takes a few
    /// milliseconds.
    /// </param>
    public void End(ExecutionMark mark, int session, bool search)
    {
        if (search && session > 0)
            ProcessTree.Kill(session, mark);
        if (_running.TryRemove(mark.Number, out _))
            Interlocked.Increment(ref _endCount);
    }

    /// <summary>
    /// Creates the scratch folder of an execution. Throws an I/O exception if that fails.
    /// </summary>
    public ScratchFolder CreateFolder(ExecutionMark mark)
    {
        ScratchRoot root;
        lock (_lock)
        {
            if (_scratch is null)
            {
                _scratch = ScratchRoot.Create(mark.OwnerText);
                _guard = OrphanGuard.Start(
                    mark.OwnerText,
                    _scratch.Path,
                    ScratchRoot.SharedMemoryPrefix(mark.OwnerText)
                );
                _sweeper = _time.CreateTimer(_ => Sweep(), null, TimeSpan.Zero, SweepPeriod);
            }
            root = _scratch;
        }
        return root.CreateFolder(mark.Number);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _sweeper?.Dispose();
            _guard?.Dispose();
            _scratch?.Dispose();
            (_sweeper, _guard, _scratch) = (null, null, null);
        }
    }

    /// <summary>
    /// Kills the processes whose execution has ended or whose worker no longer exists. The first sweep finds the
    /// processes left behind by killed workers. After that, processes can be left behind only when an execution ends,
    /// so an idle worker does not search.
    /// </summary>
    private void Sweep()
    {
        var ends = Interlocked.Read(ref _endCount);
        if (ends == _endCountAtSweep && !_foundAny)
            return;
        (_endCountAtSweep, _foundAny) = (ends, false);
        foreach (var process in ProcFs.Processes())
            if (
                ExecutionMark.TryParse(ProcFs.Environment(process)[ExecutionMark.Variable], out var mark)
                && !IsRunning(mark)
            )
            {
                _foundAny = true;
                _ = Libc.Kill(process, Libc.SigKill);
            }
    }

    private bool IsRunning(ExecutionMark mark) =>
        mark.Owner == Environment.ProcessId && mark.OwnerStart == _start
            ? mark.Instance != _instance || _running.ContainsKey(mark.Number)
            : ProcFs.StartOf(mark.Owner) == mark.OwnerStart;
}
