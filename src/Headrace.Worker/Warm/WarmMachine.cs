using System.Diagnostics;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;
using Headrace.Worker.Commands;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Warm;

/// <summary>
/// Decides what happens to one warm process and to the batch of jobs that it runs. Pure: it takes events, each with the
/// time since the call of the executor began, and returns steps.
/// </summary>
internal sealed class WarmMachine(MethodManifest manifest)
{
    /// <summary>
    /// The delay before the process is started again after its first failure. It doubles with each further failure.
    /// </summary>
    private static readonly TimeSpan MinBackOff = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan MaxBackOff = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a process that has closed its end of the protocol may take to exit. Usually, it exits right away, and
    /// its exit status explains why. The launcher of a group notices the end of a rank after up to a second.
    /// </summary>
    private static readonly TimeSpan CloseGrace = TimeSpan.FromMilliseconds(500);

    private readonly WarmOptions _options = manifest.Warm ?? throw new UnreachableException("The method is not warm.");
    private readonly List<WarmStep> _steps = [];

    private Phase _phase;
    private TimeSpan _phaseSince;
    private TimeSpan _startAt;
    private bool _wasReady;
    private uint _version;

    // The batch, and the id of its first job. The other jobs have consecutive ids.
    private uint _firstId = 1;
    private IReadOnlyList<WarmJob> _jobs = [];
    private Held[] _held = [];
    private int _unended;
    private bool _sent;

    // Time at which the jobs exceed the time limit of the method; null if there is no limit, or if the jobs were
    // already asked to stop because of it.
    private TimeSpan? _limitAt;

    // The outcome of the jobs that the process holds when it is killed; null if they are released.
    private JobOutcome? _outcomeIfKilled;
    private int _failures;
    private bool _hasFailed;
    private string _reason = "";

    // The reason why a process that counts as dead is killed; null if it is killed for another reason.
    private string? _crash;
    private string _closedBy = "";

    private enum Phase
    {
        /// <summary>There is no process.</summary>
        Absent,

        /// <summary>The process was started but is not ready yet.</summary>
        Starting,

        Ready,

        /// <summary>The process has closed its end of the protocol and is expected to exit.</summary>
        Closing,

        /// <summary>The process is being killed.</summary>
        Killed,
    }

    /// <summary>
    /// Gets the reason why the last start failed: the process could not be started, or it ended before it was ready.
    /// Null if the last start did not fail.
    /// </summary>
    public string? FailedStart { get; private set; }

    /// <summary>Returns and clears the reason why the last start failed; null if it did not fail.</summary>
    public string? TakeFailedStart()
    {
        var reason = FailedStart;
        FailedStart = null;
        return reason;
    }

    /// <summary>Gets the number of calls that the process has completed.</summary>
    public int Calls { get; private set; }

    /// <summary>Gets a value indicating whether every job in the batch has ended.</summary>
    public bool IsBatchOver => _unended == 0;

    /// <summary>
    /// Gets a value indicating whether there is a process that can run the next batch without being started.
    /// </summary>
    public bool IsReady => _phase == Phase.Ready;

    /// <summary>Gets a value indicating whether the process has reached its maximum number of calls.</summary>
    public bool IsUsedUp => Calls >= _options.RecycleAfter;

    /// <summary>
    /// Gets the time at which Decide must be called; null if it need not be called before the next event.
    /// </summary>
    public TimeSpan? NextAt
    {
        get
        {
            TimeSpan? at = _phase switch
            {
                Phase.Absent when !IsBatchOver => _startAt,
                Phase.Starting => _phaseSince + _options.StartLimit,
                Phase.Closing => _phaseSince + CloseGrace,
                _ => null,
            };
            if (_phase is not Phase.Ready || IsBatchOver)
                return at;
            foreach (var held in _held)
                if (!held.Ended && held.CancelledAt is { } cancelled)
                    at = Earlier(at, cancelled + manifest.StopGrace);
            return _limitAt is { } limit ? Earlier(at, limit) : at;
        }
    }

    /// <summary>Begins a batch. The jobs get ids that no earlier job in this machine had.</summary>
    public WarmStep[] Begin(IReadOnlyList<WarmJob> jobs, TimeSpan now)
    {
        Debug.Assert(IsBatchOver, "A batch must not begin before the previous one has ended.");
        _firstId += (uint)_jobs.Count;
        _jobs = [.. jobs.Select((job, i) => job with { Id = _firstId + (uint)i })];
        _held = new Held[jobs.Count];
        (_unended, _sent, _limitAt) = (jobs.Count, false, null);
        return Decide(now);
    }

    /// <summary>Returns the steps that are due at this time.</summary>
    public WarmStep[] Decide(TimeSpan now)
    {
        switch (_phase)
        {
            case Phase.Absent when !IsBatchOver && now >= _startAt:
                Enter(Phase.Starting, now);
                _wasReady = false;
                _steps.Add(new WarmStep.Start());
                break;
            case Phase.Starting when now >= _phaseSince + _options.StartLimit:
                Violate($"was not ready within {DurationText.ToText(_options.StartLimit)}", now);
                break;
            case Phase.Ready:
                DecideBatch(now);
                break;
            case Phase.Closing when now >= _phaseSince + CloseGrace:
                KillAsCrashed($"{_closedBy} ended or closed its end of the protocol", now);
                break;
        }
        return TakeSteps();
    }

    public WarmStep[] OnStarted()
    {
        _steps.Add(
            new WarmStep.Send(
                new WarmFrame.Hello(WarmCodec.Version, (uint)_options.BatchSize, manifest.Name.ToString())
            )
        );
        return TakeSteps();
    }

    /// <summary>The process could not be started. The jobs in the batch fail, and may be retried later.</summary>
    public WarmStep[] OnStartFailed(string message, TimeSpan now)
    {
        _wasReady = false;
        OnFailure(message, now);
        EndAll(_ => JobOutcome.Failed("NotStarted", message));
        return TakeSteps();
    }

    public WarmStep[] OnFrame(WarmFrame frame, TimeSpan now)
    {
        if (_phase is Phase.Killed or Phase.Absent)
            return [];
        switch (frame)
        {
            case WarmFrame.Ready { Version: >= WarmCodec.Version and <= WarmCodec.Version3 } ready
                when _phase == Phase.Starting:
                _version = ready.Version;
                Enter(Phase.Ready, now);
                (_wasReady, FailedStart) = (true, null);
                DecideBatch(now);
                break;
            case WarmFrame.Ready ready when _phase == Phase.Starting:
                Violate(
                    $"uses version {ready.Version} of the protocol; this worker supports {WarmCodec.Version} to "
                        + $"{WarmCodec.Version3}",
                    now
                );
                break;
            case WarmFrame.Result result when result.ContentType.Length > 0 && !ResultFault.IsType(result.ContentType):
                Violate(
                    $"ended the job {result.Id} with the content type '{result.ContentType}', which is not valid (use "
                        + $"{ResultFault.TypeFormat})",
                    now
                );
                break;
            case WarmFrame.Result result:
                OnEnded(result.Id, WarmOutcome.Of(result, manifest), now);
                break;
            case WarmFrame.SkippedResult skipped:
                OnEnded(skipped.Id, WarmOutcome.TooLarge(skipped.Length, manifest), now);
                break;
            case WarmFrame.Error error:
                OnEnded(error.Id, WarmOutcome.Of(error), now);
                break;
            case WarmFrame.Progress progress:
                if (!IsUnknown(progress.Id, now) && IndexOf(progress.Id) is { } index)
                    _steps.Add(new WarmStep.Progress(index, Math.Clamp(progress.Fraction, 0, 1), progress.Text));
                break;
            case WarmFrame.Submit submit when _version >= WarmCodec.Version3:
                if (!IsUnknown(submit.Id, now) && IndexOf(submit.Id) is { } parent)
                    _steps.Add(new WarmStep.Submit(parent, submit));
                break;
            case WarmFrame.Log { Id: 0 } log:
                foreach (var (i, _) in Unended())
                    _steps.Add(new WarmStep.Log(i, log.Lines));
                break;
            case WarmFrame.Log log:
                if (!IsUnknown(log.Id, now) && IndexOf(log.Id) is { } of)
                    _steps.Add(new WarmStep.Log(of, log.Lines));
                break;
            default:
                Violate($"sent a frame of type '{WarmCodec.TypeOf(frame)}' that is not expected", now);
                break;
        }
        return TakeSteps();
    }

    /// <summary>The process sent data that is not a valid frame.</summary>
    public WarmStep[] OnInvalidFrame(string message, TimeSpan now)
    {
        if (_phase is not (Phase.Killed or Phase.Absent))
            Violate($"violated the protocol: {message.TrimEnd('.')}", now);
        return TakeSteps();
    }

    /// <summary>The process, or one of its ranks, has closed its end of the protocol.</summary>
    public void OnClosed(string subject, TimeSpan now)
    {
        if (_phase is not (Phase.Starting or Phase.Ready))
            return;
        _closedBy = subject;
        Enter(Phase.Closing, now);
    }

    /// <summary>The process counts as dead even though it has not exited. Its jobs have crashed.</summary>
    public WarmStep[] OnUnresponsive(string reason, TimeSpan now)
    {
        if (_phase is not (Phase.Killed or Phase.Absent))
            KillAsCrashed($"The process was killed, because {reason}", now);
        return TakeSteps();
    }

    /// <summary>Asks the process to stop a job, and kills the process if it does not end the job in time.</summary>
    public WarmStep[] OnCancel(int index, string reason, TimeSpan now)
    {
        Cancel(index, reason, now);
        return TakeSteps();
    }

    /// <summary>A job must stop running.</summary>
    public WarmStep[] OnKill(int index, TimeSpan now)
    {
        if (_held[index].Ended)
            return [];
        _held[index].CancelledAt ??= now;
        if (_sent)
            Kill(now);
        return TakeSteps();
    }

    /// <summary>The process exceeds a limit of the method, and is killed.</summary>
    public WarmStep[] OnLimitExceeded(JobOutcome outcome, TimeSpan now)
    {
        Kill(now, outcome);
        return TakeSteps();
    }

    /// <summary>The process has ended, and all of its output has been received.</summary>
    public WarmStep[] OnExit(ExitStatus status, string lastErrorLine, TimeSpan now)
    {
        var (phase, alone) = (_phase, _jobs.Count == 1);
        var words = $"{_crash ?? $"The process {status}"}{(lastErrorLine.Length > 0 ? $": {lastErrorLine}" : ".")}";
        if (phase != Phase.Killed || _hasFailed)
            OnFailure(_hasFailed && _crash is null ? _reason : words, now);
        else
            Enter(Phase.Absent, now);
        if (phase == Phase.Killed && (_sent || !_wasReady))
            EndAll(held =>
                held.CancelledAt is not null
                    ? JobOutcome.Cancelled("The process was killed because the job did not stop in time.")
                : _crash is null ? _outcomeIfKilled ?? JobOutcome.Released()
                : _sent ? JobOutcome.Crashed(words, alone)
                : JobOutcome.Failed("NotStarted", words)
            );
        else if (_sent)
            EndAll(_ => JobOutcome.Crashed(words, alone));
        else if (!_wasReady)
            EndAll(_ => JobOutcome.Failed("NotStarted", $"{words} (before it was ready for a job)"));
        // Otherwise, the process ended between two batches, and the next process receives the batch.
        (_outcomeIfKilled, _crash, _hasFailed, Calls) = (null, null, false, 0);
        return TakeSteps();
    }

    /// <summary>The process ended as intended, and the next batch needs a new process.</summary>
    public void OnRetired(TimeSpan now)
    {
        Enter(Phase.Absent, now);
        Calls = 0;
    }

    private void DecideBatch(TimeSpan now)
    {
        if (IsBatchOver)
            return;
        if (!_sent)
        {
            (_sent, _limitAt) = (true, now + manifest.TimeLimit);
            var jobs = _unended == _jobs.Count ? _jobs : [.. Unended().Select(pair => pair.Job)];
            if (_version >= WarmCodec.Version2)
                foreach (var job in jobs.Where(job => job.Traceparent.Length > 0))
                    _steps.Add(new WarmStep.Send(new WarmFrame.Trace(job.Id, job.Traceparent)));
            _steps.Add(new WarmStep.Send(new WarmFrame.CallJobs(jobs)));
            return;
        }
        if (_limitAt <= now)
            StopAtLimit(now);
        if (_held.Any(held => !held.Ended && held.CancelledAt + manifest.StopGrace <= now))
            Kill(now);
    }

    /// <summary>Asks the process to stop the jobs that have been running for longer than the method allows.</summary>
    private void StopAtLimit(TimeSpan now)
    {
        _limitAt = null;
        for (var i = 0; i < _held.Length; i++)
        {
            _held[i].ExceedsLimit = _held[i] is { Ended: false, CancelledAt: null };
            Cancel(i, JobOutcome.TimeLimitText(manifest.TimeLimit!.Value, manifest.Name), now);
        }
    }

    private void Cancel(int index, string reason, TimeSpan now)
    {
        if (_held[index].Ended || _held[index].CancelledAt is not null)
            return;
        _held[index].CancelledAt = now;
        if (_sent && _phase == Phase.Ready)
        {
            var text = _version >= WarmCodec.Version2 ? reason : "";
            _steps.Add(new WarmStep.Send(new WarmFrame.Cancel(_jobs[index].Id, text)));
        }
        else if (!_sent)
            End(index, JobOutcome.Cancelled("The job was stopped before its process was ready."));
    }

    private void OnEnded(uint id, JobOutcome outcome, TimeSpan now)
    {
        if (IsUnknown(id, now))
            return;
        if (IndexOf(id) is not { } index)
        {
            Violate($"ended the job {id}, which had already ended", now);
            return;
        }
        End(index, outcome);
        if (!IsBatchOver)
            return;
        Calls++;
        _failures = 0;
    }

    /// <summary>
    /// Returns whether the process has never received a job with this id. To mention such a job violates the protocol.
    /// </summary>
    private bool IsUnknown(uint id, TimeSpan now)
    {
        var index = (long)id - _firstId;
        if (id != 0 && index < _jobs.Count && (index < 0 || _sent))
            return false;
        Violate($"mentioned the job {id}, which it has not received", now);
        return true;
    }

    /// <summary>
    /// Returns the index of a running job that the process has received; null if the job has ended. Progress and log
    /// lines of such a job are ignored: a thread of the method may be late.
    /// </summary>
    private int? IndexOf(uint id) =>
        id < _firstId || _held[id - _firstId].Ended ? null : (int)(id - _firstId);

    private void End(int index, JobOutcome outcome)
    {
        if (_held[index].Ended)
            return;
        _held[index].Ended = true;
        _unended--;
        // As with any other stop request, only a result counts (R12).
        if (_held[index].ExceedsLimit && outcome.Kind is not (OutcomeKind.Succeeded or OutcomeKind.TooLarge))
            outcome = JobOutcome.TimedOut(manifest.TimeLimit!.Value, outcome, manifest.Name);
        _steps.Add(new WarmStep.End(index, outcome));
    }

    private void EndAll(Func<Held, JobOutcome> outcome)
    {
        for (var i = 0; i < _held.Length; i++)
            End(i, outcome(_held[i]));
    }

    private IEnumerable<(int Index, WarmJob Job)> Unended() => _jobs.Index().Where(pair => !_held[pair.Index].Ended);

    private void Violate(string violation, TimeSpan now)
    {
        (_hasFailed, _reason) = (true, $"The process {violation}. It was killed.");
        Report(_reason);
        Kill(now, JobOutcome.Failed("Protocol", _reason));
    }

    /// <summary>
    /// Kills a process that has failed. A batch that it has not received yet goes to the next process.
    /// </summary>
    private void KillAsCrashed(string message, TimeSpan now)
    {
        (_hasFailed, _crash) = (true, message);
        Report($"{message}.");
        Kill(now);
    }

    private void Report(string message) => _steps.Add(new WarmStep.Report($"{manifest.Name}: {message}"));

    private void Kill(TimeSpan now, JobOutcome? outcome = null)
    {
        if (_phase is Phase.Killed or Phase.Absent)
            return;
        _outcomeIfKilled = outcome;
        Enter(Phase.Killed, now);
        _steps.Add(new WarmStep.Kill());
    }

    private void OnFailure(string reason, TimeSpan now)
    {
        if (!_wasReady)
            FailedStart = reason;
        _startAt = now + TimeSpan.FromTicks(Math.Min(MaxBackOff.Ticks, MinBackOff.Ticks << Math.Min(_failures, 10)));
        _failures++;
        Enter(Phase.Absent, now);
    }

    private void Enter(Phase phase, TimeSpan now) => (_phase, _phaseSince) = (phase, now);

    private WarmStep[] TakeSteps()
    {
        if (_steps.Count == 0)
            return [];
        WarmStep[] steps = [.. _steps];
        _steps.Clear();
        return steps;
    }

    private static TimeSpan Earlier(TimeSpan? a, TimeSpan b) => a is { } at && at < b ? at : b;

    private struct Held
    {
        public bool Ended;
        public TimeSpan? CancelledAt;

        /// <summary>Whether the job was asked to stop at the time limit of the method.</summary>
        public bool ExceedsLimit;
    }
}
