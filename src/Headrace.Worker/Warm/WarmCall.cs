using Headrace.Core;
using Headrace.Worker.Commands;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Warm;

/// <summary>
/// One call of the executor with its warm process: executes the steps of the machine and passes events to it. A batch
/// occupies the thread; between two batches, the process waits in the kernel and uses no CPU time.
/// </summary>
internal sealed class WarmCall : IDisposable
{
    /// <summary>Starts a process.</summary>
    /// <param name="wake">Ends a wait in <see cref="IWarmProcess.Poll"/> when it is set.</param>
    /// <param name="log">Receives the output of the process.</param>
    public delegate IWarmProcess Starter(Descriptor wake, LogLines.Writer log);

    private readonly MethodManifest _manifest;
    private readonly Starter _starter;
    private readonly Action<string> _log;
    private readonly CancellationToken _workerEnds;
    private readonly WarmMachine _machine;
    private readonly WarmStops _stops;
    private readonly WarmChildren _children;
    private readonly Descriptor _wake = Descriptor.Event();
    private readonly long _start = TimeProvider.System.GetTimestamp();

    private TimeSpan _watchAt;
    private IReadOnlyList<JobExecution> _jobs = [];
    private bool[] _ended = [];
    private IWarmProcess? _process;
    private ResourceSampler? _sampler;

    /// <param name="manifest">The method.</param>
    /// <param name="start">
    /// Starts the process. It throws <see cref="HeadraceException"/> or an I/O exception if that fails.
    /// </param>
    /// <param name="log">Receives messages about processes that are killed; must not wait.</param>
    /// <param name="workerEnds">Cancelled when everything must end at once.</param>
    public WarmCall(MethodManifest manifest, Starter start, Action<string> log, CancellationToken workerEnds)
    {
        (_manifest, _starter, _log, _workerEnds) = (manifest, start, log, workerEnds);
        (_machine, _stops) = (new WarmMachine(manifest), new WarmStops(_wake, workerEnds));
        _children = new WarmChildren(_wake);
    }

    /// <summary>Gets a value indicating whether a process was started and is not known to have ended.</summary>
    public bool HasProcess => _process is not null;

    private TimeSpan Now => TimeProvider.System.GetElapsedTime(_start);

    /// <summary>Gets a value indicating whether the process can run the next batch without being started.</summary>
    public bool IsReady => _machine.IsReady;

    /// <summary>
    /// Returns and clears the reason why the last start of the process failed; null if it did not fail.
    /// </summary>
    public string? TakeFailedStart() => _machine.TakeFailedStart();

    /// <summary>Runs a batch of jobs, and returns when each of them has ended.</summary>
    public void Run(IReadOnlyList<JobExecution> jobs)
    {
        try
        {
            // A process may have failed since the last batch. The new jobs did not cause that failure.
            if (_process is { } idle)
            {
                idle.CheckIdle();
                TakeFrames(idle);
            }
            CollectExit();
            (_jobs, _ended, _watchAt) = (jobs, new bool[jobs.Count], Now + WarmStops.Delay);
            Execute(_machine.Begin([.. jobs.Select(JobOf)], Now));
            while (!_machine.IsBatchOver)
                Turn();
        }
        finally
        {
            _stops.Clear();
            _jobs = [];
        }
        if (_process is not null && (_machine.IsUsedUp || IsTooLarge()))
            Retire();
    }

    /// <summary>Ends the process after the last batch, or because it has been unused for a long time.</summary>
    public void Retire()
    {
        if (_process is not { } process)
            return;
        (_process, _sampler) = (null, null);
        _machine.OnRetired(Now);
        process.Retire(_manifest.StopGrace, _workerEnds);
    }

    /// <summary>
    /// Handles the end of a process between two batches, so that no process that it left behind keeps running until the
    /// next batch.
    /// </summary>
    public void CheckIdle() => CollectExit();

    public void Dispose()
    {
        Retire();
        _wake.Dispose();
    }

    private static WarmJob JobOf(JobExecution job) =>
        new(0, (ulong)job.Id.Value, (uint)job.Attempt, job.Params, job.ContentType ?? "", job.Body)
        {
            Traceparent = job.Traceparent ?? "",
        };

    /// <summary>Waits for the next event and handles everything that has happened.</summary>
    private void Turn()
    {
        Execute(_machine.Decide(Now));
        if (!_stops.IsWatching && Now >= _watchAt)
            _stops.Watch(_jobs);
        while (_stops.TryTake(out var stop))
            Execute(
                stop.Kill
                    ? _machine.OnKill(stop.Index, Now)
                    : _machine.OnCancel(stop.Index, _jobs[stop.Index].StopText, Now)
            );
        SendAnswers();
        if (_machine.IsBatchOver)
            return;
        if (_process is null)
        {
            WaitForStart();
            return;
        }
        _process.Poll(Timeout());
        TakeFrames(_process);
        CheckLimits(_process);
        CollectExit();
    }

    /// <summary>Answers the requests of the process about children. A process that has ended needs no answer.</summary>
    private void SendAnswers()
    {
        while (_children.TryTake(out var process, out var answer))
            if (process == _process)
                process.Send(answer);
    }

    /// <summary>Waits until the process may be started again.</summary>
    private unsafe void WaitForStart()
    {
        var entry = new Libc.PollEntry { File = _wake.Number, Events = Libc.PollIn };
        if (Libc.Poll(&entry, 1, Timeout()) > 0)
            _wake.Clear();
    }

    private int Timeout()
    {
        var at = _machine.NextAt ?? TimeSpan.MaxValue;
        if (_sampler is not null && _sampler.NextAt < at)
            at = _sampler.NextAt;
        if (!_stops.IsWatching && _watchAt < at)
            at = _watchAt;
        return (int)Math.Clamp(Math.Ceiling((at - Now).TotalMilliseconds), 0, 1_000);
    }

    private void TakeFrames(IWarmProcess process)
    {
        try
        {
            while (process.TryTake(out var frame))
                Execute(_machine.OnFrame(frame, Now));
            if (process.ClosedBy is { } subject)
                _machine.OnClosed(subject, Now);
            if (process.Unresponsive is { } reason)
                Execute(_machine.OnUnresponsive(reason, Now));
        }
        catch (WarmProtocolException invalid)
        {
            process.DiscardReceived();
            Execute(_machine.OnInvalidFrame(invalid.Message, Now));
        }
    }

    private void CheckLimits(IWarmProcess process)
    {
        if (_sampler?.Sample(Now) is not { } exceeded || exceeded == StopCause.None)
            return;
        var end = new CommandEnd
        {
            Status = ExitStatus.Unknown,
            Stopped = exceeded,
            Result = static () => default,
            PeakBytes = _sampler.PeakBytes,
            FolderBytes = _sampler.FolderBytes,
        };
        Execute(_machine.OnLimitExceeded(CommandOutcome.Of(_manifest, end), Now));
    }

    private void CollectExit()
    {
        if (_process is not { } process || process.TryReap() is not { } status)
            return;
        TakeFrames(process);
        (_process, _sampler) = (null, null);
        var steps = _machine.OnExit(status, process.LastErrorLine, Now);
        process.Dispose();
        Execute(steps);
    }

    private bool IsTooLarge() =>
        _manifest.Warm!.RecycleAbove is { } limit && ProcessTree.Resident(_process!.Id) > limit;

    private void Execute(WarmStep[] steps)
    {
        foreach (var step in steps)
            switch (step)
            {
                case WarmStep.Start:
                    Start();
                    break;
                case WarmStep.Send { Frame: var frame }:
                    _process?.Send(frame);
                    break;
                case WarmStep.Kill:
                    _process?.Kill();
                    break;
                case WarmStep.Submit submit when _process is not null:
                    _children.Submit(_jobs[submit.Index], submit.Request, _process);
                    break;
                case WarmStep.Report report:
                    _log(report.Message);
                    break;
                case WarmStep.Progress progress:
                    _jobs[progress.Index].ReportProgress(progress.Fraction, progress.Text);
                    break;
                case WarmStep.Log log:
                    _jobs[log.Index].Log(log.Lines.Span);
                    break;
                case WarmStep.End end:
                    _ended[end.Index] = true;
                    _jobs[end.Index].End(end.Outcome);
                    break;
            }
    }

    private void Start()
    {
        try
        {
            _process = _starter(_wake, Log);
        }
        catch (Exception unavailable)
            when (unavailable is HeadraceException or IOException or UnauthorizedAccessException)
        {
            Execute(_machine.OnStartFailed(unavailable.Message, Now));
            return;
        }
        _sampler = new ResourceSampler(_manifest, _process.Id, _process.Folder);
        Execute(_machine.OnStarted());
    }

    /// <summary>Passes the output of the process to the log of every job that it is running.</summary>
    private void Log(ReadOnlySpan<byte> lines)
    {
        for (var i = 0; i < _jobs.Count; i++)
            if (!_ended[i])
                _jobs[i].Log(lines);
    }
}
