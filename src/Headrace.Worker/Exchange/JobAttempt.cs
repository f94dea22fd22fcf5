using System.Diagnostics;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Represents one execution of a job: the context that its method receives, its stop signals, and its outcome.
/// </summary>
internal sealed class JobAttempt(
    LeasedJob job,
    TimeProvider clock,
    Action<JobAttempt> onReport,
    bool reportsStart = false,
    ChildSubmitter? submitter = null
) : JobExecution, IDisposable
{
    private const int MaxProgressText = 1_000;

    private readonly Lock _lock = new();

    // Guarded by _lock. A signal is created when its token is first read; most methods never read it.
    private StopSignal? _stop;
    private StopSignal? _kill;
    private bool _stopRequested;
    private StopReason _stopReason;
    private bool _killRequested;
    private bool _disposed;

    // Guarded by _lock. The threads of the method write these fields; the loop reads them.
    private LogTail? _log;
    private Progress? _progress;
    private bool _logChanged;
    private bool _reportPending;
    private bool _hasStarted;
    private bool _hasEnded;
    private AttemptSubmissions? _submissions;

    // Written by the thread that starts the attempt, before any other thread reads them. The span is null if the
    // attempt is not traced.
    private TimeSample _startedAt;

    private Activity? _span;

    // Written and read only by the thread that ends the attempt.
    private TimeSample _endedAt;

    public LeaseToken Lease { get; } = job.Lease;

    /// <summary>
    /// Sets the call that runs the attempt and receives its events. It must be set before the call can read the
    /// attempt.
    /// </summary>
    public ExecutorCall? Call { private get; set; }

    public override JobId Id => Lease.Job;

    public override int Attempt => Lease.Attempt;

    public override ReadOnlyMemory<byte> Params => job.Params;

    public override TimeSpan? TimeLimit => job.TimeLimit?.ToTimeSpan();

    public override CancellationToken CancellationToken
    {
        get
        {
            lock (_lock)
                return TokenOf(ref _stop, _stopRequested);
        }
    }

    public override CancellationToken KillToken
    {
        get
        {
            lock (_lock)
                return TokenOf(ref _kill, _killRequested);
        }
    }

    public bool HasStarted
    {
        get
        {
            lock (_lock)
                return _hasStarted;
        }
    }

    public bool HasEnded
    {
        get
        {
            lock (_lock)
                return _hasEnded;
        }
    }

    public override string Queue => job.Queue;

    public override string Method => $"{job.Method}@{job.Version}";

    public override ReadOnlyMemory<byte> Body => job.Body;

    public override string? ContentType => job.ContentType.Length > 0 ? job.ContentType : null;

    public override string? Traceparent => _span?.Id;

    internal override Activity? Span => _span;

    internal override string StopText
    {
        get
        {
            lock (_lock)
                return _stopReason switch
                {
                    StopReason.Timeout when TimeLimit is { } limit => JobOutcome.TimeLimitText(limit),
                    StopReason.Timeout => "The job exceeded its time limit.",
                    StopReason.Deadline => "The job's deadline has passed.",
                    StopReason.None when _stopRequested => "The worker stopped the job before it ended.",
                    _ => base.StopText,
                };
        }
    }

    public override void ReportProgress(double fraction, string? text = null)
    {
        if (!double.IsFinite(fraction))
            throw new ArgumentOutOfRangeException(
                nameof(fraction),
                fraction,
                "Progress must be a fraction from 0 to 1."
            );
        var said = new Progress
        {
            Fraction = Math.Clamp(fraction, 0, 1),
            Text = ExceptionText.Truncate(text ?? "", MaxProgressText),
        };
        lock (_lock)
        {
            if (_hasEnded)
                return;
            _progress = said;
            if (_reportPending)
                return;
            _reportPending = true;
        }
        onReport(this);
    }

    public override void Log(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        lock (_lock)
        {
            if (_hasEnded)
                return;
            (_log ??= new LogTail()).Add(line);
            if (!NoteLogged())
                return;
        }
        onReport(this);
    }

    public override void Log(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            if (_hasEnded)
                return;
            (_log ??= new LogTail()).Add(line);
            if (!NoteLogged())
                return;
        }
        onReport(this);
    }

    public override Task<IReadOnlyList<JobId>> SubmitAsync(
        IReadOnlyList<ChildJob> children,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(children);
        if (submitter is null)
            return base.SubmitAsync(children, cancellationToken);
        var jobs = ChildMessage.Jobs(children, Traceparent);
        AttemptSubmissions submissions;
        lock (_lock)
        {
            if (_hasEnded)
                throw new InvalidOperationException("The job has ended, so it cannot submit further jobs.");
            submissions = _submissions ??= new AttemptSubmissions(Lease, submitter, () => HasEnded);
        }
        return submissions.SubmitAsync(jobs, cancellationToken);
    }

    /// <summary>Returns the progress and log reported since the last call.</summary>
    public WorkerEvent.ProgressReported TakeReport()
    {
        lock (_lock)
        {
            var said = new WorkerEvent.ProgressReported(Lease, _progress, _logChanged ? _log!.Text() : null);
            (_progress, _logChanged, _reportPending) = (null, false, false);
            return said;
        }
    }

    /// <summary>Cancels the token of the execution, or ends the attempt if it has not started.</summary>
    /// <param name="reason">The reason; none if the worker stops the job on its own.</param>
    public void Cancel(StopReason reason)
    {
        lock (_lock)
        {
            if (_hasEnded)
                return;
            if (_hasStarted)
            {
                (_stopRequested, _stopReason) = (true, reason);
                _stop?.Cancel();
                return;
            }
        }
        Recall();
    }

    /// <summary>Cancels the token that asks the executor to kill the execution.</summary>
    public void Kill()
    {
        lock (_lock)
        {
            if (_hasEnded || _killRequested)
                return;
            _killRequested = true;
            _kill?.Cancel();
        }
    }

    /// <summary>Ends the attempt if it has not started.</summary>
    public void Recall()
    {
        lock (_lock)
        {
            if (_hasEnded || _hasStarted)
                return;
            _hasEnded = true;
        }
        Call?.Remove(this);
        // The loop has requested the recall and is waiting for this event, so the event wakes it at once.
        Call?.OnEnded(new WorkerEvent.Ended(Lease, new MethodEnd(Kind.Released)), wasLast: true, at: default);
    }

    /// <summary>
    /// Marks the attempt as started, and reports the start if the worker's state machine cannot infer it. Returns false
    /// if the attempt was recalled.
    /// </summary>
    /// <param name="now">
    /// The current time. If it contains the CPU time of the thread, the CPU time that the thread uses from now on is
    /// attributed to the attempt, as long as the attempt stays on the thread.
    /// </param>
    public bool TryStart(TimeSample now)
    {
        lock (_lock)
        {
            if (_hasEnded || _hasStarted)
                return false;
            (_hasStarted, _startedAt) = (true, now);
            _span = AttemptTelemetry.Start(job);
            // The event is enqueued before the lock is released, so that a recall that finds the attempt already
            // started can rely on the event being in the queue.
            if (reportsStart)
                Call?.OnStarted(new WorkerEvent.Started(Lease));
        }
        return true;
    }

    /// <summary>
    /// Ends the attempt. The call is notified when all callbacks of the attempt's tokens have returned, because the
    /// loop then disposes of the signals.
    /// </summary>
    public override void End(JobOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        if (TryEnd(outcome, out var pending) is not { } ended)
            return;
        var wasLast = Call?.Remove(this) ?? true;
        if (pending.IsCompleted)
            Call?.OnEnded(ended, wasLast, _endedAt);
        else
            ReportAfter(pending, ended);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _stop?.Dispose();
            _kill?.Dispose();
        }
    }

    private WorkerEvent.Ended? TryEnd(JobOutcome outcome, out Task pending)
    {
        lock (_lock)
        {
            pending = PendingCallbacks();
            if (_hasEnded)
                return null;
            _hasEnded = true;
            return new WorkerEvent.Ended(Lease, EndOf(outcome));
        }
    }

    /// <summary>
    /// Replaces a success while it is unknown which children of the attempt were accepted, because a success would
    /// release exactly those that were.
    /// </summary>
    private JobOutcome Settled(JobOutcome outcome) =>
        outcome.Kind != Kind.Succeeded || _submissions is null ? outcome
        : _submissions.IsUndecided
            ? JobOutcome.Failed(
                "SubmissionNotAwaited",
                "The method succeeded before the server had decided about the jobs that it submitted. Await each call "
                    + "of SubmitAsync, and do not give up its wait.",
                retryable: true
            )
        : _submissions.IsLost ? JobOutcome.Released()
        : outcome;

    private MethodEnd EndOf(JobOutcome outcome)
    {
        outcome = Settled(outcome);
        _endedAt = TimeSample.Take(clock, ofThread: _startedAt.Thread != 0);
        var took = clock.GetElapsedTime(_startedAt.Timestamp, _endedAt.Timestamp);
        var isCancelled = _stopRequested && outcome.Kind is not (Kind.Succeeded or Kind.TooLarge);
        var kind = isCancelled ? Kind.Cancelled : outcome.Kind;
        if (isCancelled && _stopReason == StopReason.Timeout && TimeLimit is { } limit)
            outcome = JobOutcome.TimedOut(limit, outcome);
        AttemptTelemetry.End(_span, job, kind, outcome.Error?.Type, took);
        return new MethodEnd(kind)
        {
            Result = outcome.Result,
            ContentType = outcome.ContentType,
            // A cancellation that was requested is not an error.
            Error = isCancelled && outcome.IsCancellation ? null : Classified(outcome.Error),
            WasAlone = outcome.WasAlone && !isCancelled,
            Log = _log?.Text(),
            Took = took,
            Metrics = new OutcomeMetrics
            {
                Started = WireTime.Of(Instant.From(_startedAt.Wall)),
                Ended = WireTime.Of(Instant.From(_endedAt.Wall)),
                CpuMs = outcome.CpuTime?.TotalMilliseconds ?? _endedAt.ProcessorMillisecondsSince(_startedAt),
                PeakBytes = (ulong)Math.Max(0, outcome.PeakMemoryBytes ?? 0),
            },
        };
    }

    /// <summary>
    /// Returns the error. It is permanent if the method declares errors of this type to be permanent.
    /// </summary>
    private OutcomeError? Classified(OutcomeError? error) =>
        error is { Retryable: true } && Call?.PermanentErrors.Contains(error.Type) == true
            ? error with
            {
                Retryable = false,
            }
            : error;

    private Task PendingCallbacks()
    {
        var stopping = _stop?.Cancelling ?? Task.CompletedTask;
        var killing = _kill?.Cancelling ?? Task.CompletedTask;
        return killing.IsCompleted ? stopping : Task.WhenAll(stopping, killing);
    }

    // Runs on a thread that called the callbacks rather than on the thread pool.
    private void ReportAfter(Task pending, WorkerEvent.Ended ended) =>
        _ = pending.ContinueWith(
            _ => Call?.OnEnded(ended, wasLast: true, at: default),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );

    private CancellationToken TokenOf(ref StopSignal? signal, bool isRequested)
    {
        if (signal is null && (isRequested || _disposed))
            return new CancellationToken(canceled: isRequested);
        return (signal ??= new StopSignal()).Token;
    }

    /// <summary>Marks the log as changed. Returns true if the loop must be notified.</summary>
    private bool NoteLogged()
    {
        _logChanged = true;
        if (_reportPending)
            return false;
        return _reportPending = true;
    }
}
