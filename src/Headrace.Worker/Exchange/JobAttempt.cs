using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Method = Headrace.Worker.Methods.Method;

namespace Headrace.Worker.Exchange;

/// <summary>Represents one execution of a method: the job context that the method receives, and the outcome.</summary>
internal sealed class JobAttempt(
    LeasedJob job,
    TimeProvider clock,
    Action<JobAttempt> onReport,
    Action<WorkerEvent>? post = null,
    bool reportsStart = false
) : JobContext, IDisposable
{
    // The store never accepts larger values (R15). They are limited here so that the size of a message stays bounded.
    private const int MaxResultBytes = 1 << 20;
    private const int MaxProgressText = 1_000;

    private readonly Lock _lock = new();

    // Guarded by _lock. The source is created when the token is first read; most methods never read it.
    private CancellationTokenSource? _cancellation;
    private CancellationToken _cancellationToken;
    private bool _disposed;

    // Written under _lock; read without it where a slightly stale value is harmless.
    private volatile bool _cancelled;

    // Guarded by _lock. The threads of the method write these fields; the loop reads them.
    private LogTail? _log;
    private Progress? _progress;
    private bool _logChanged;
    private bool _reportPending;
    private bool _hasStarted;
    private bool _hasEnded;
    private Task _cancelling = Task.CompletedTask;

    // Written by the thread that starts the attempt, before any other thread reads them.
    private TimeSample _startedAt;
    private bool _ownsThread;

    public LeaseToken Lease { get; } = job.Lease;

    /// <summary>
    /// Gets the time at which the attempt ended. Only the thread that ended it may read this value; the next attempt on
    /// that thread can start with the same sample.
    /// </summary>
    public TimeSample EndedAt { get; private set; }

    public override JobId Id => Lease.Job;

    public override int Attempt => Lease.Attempt;

    /// <summary>Sets the callback that runs once, on the thread that ends the attempt.</summary>
    public Action<JobAttempt>? OnEnded { private get; set; }

    /// <summary>
    /// Gets the token that is cancelled when the method should stop. It can still be read after the job has ended.
    /// </summary>
    public CancellationToken Stop
    {
        get
        {
            lock (_lock)
            {
                if (_cancellation is not null)
                    return _cancellationToken;
                if (_cancelled || _disposed)
                    return new CancellationToken(canceled: _cancelled);
                _cancellation = new CancellationTokenSource();
                return _cancellationToken = _cancellation.Token;
            }
        }
    }

    /// <summary>Gets the parameters as received: JSON text in UTF-8.</summary>
    public ReadOnlyMemory<byte> Params => job.Params;

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
            _logChanged = true;
            if (_reportPending)
                return;
            _reportPending = true;
        }
        onReport(this);
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

    /// <summary>
    /// Cancels the token of the method, or ends the attempt if no method has started it. Callbacks registered on the
    /// token run neither on the loop's thread nor on the thread pool, which the method may occupy.
    /// </summary>
    public void Cancel()
    {
        lock (_lock)
        {
            if (_hasEnded)
                return;
            if (_hasStarted)
            {
                _cancelled = true;
                if (_cancellation is not null)
                    _cancelling = Task.Factory.StartNew(
                        _cancellation.Cancel,
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                        TaskScheduler.Default
                    );
                return;
            }
        }
        Recall();
    }

    /// <summary>Ends the attempt if no method has started it.</summary>
    public void Recall() => End(new MethodEnd(Kind.Released), onlyIfNotStarted: true);

    /// <summary>
    /// Marks the attempt as started, and reports the start if the worker's state machine cannot infer it. Returns false
    /// if the attempt was recalled.
    /// </summary>
    /// <param name="now">The current time, if the thread has already read it.</param>
    /// <param name="tell">Receives the event; null to post it to the loop immediately.</param>
    public bool TryStart(TimeSample? now = null, Action<WorkerEvent>? tell = null)
    {
        lock (_lock)
        {
            if (_hasEnded || _hasStarted)
                return false;
            (_hasStarted, _startedAt) = (true, now ?? TimeSample.Take(clock, _ownsThread));
            // Post before releasing the lock: a recall that finds the attempt started can then rely on the event being
            // queued.
            if (reportsStart)
                (tell ?? post)?.Invoke(new WorkerEvent.Started(Lease));
        }
        return true;
    }

    /// <summary>
    /// Ends the attempt. Only the first call has an effect. Returns the given end with the measurements of the run
    /// added.
    /// </summary>
    public MethodEnd End(MethodEnd end, bool onlyIfNotStarted = false, Action<WorkerEvent>? tell = null)
    {
        Task cancelling;
        lock (_lock)
        {
            if (_hasEnded || (onlyIfNotStarted && _hasStarted))
                return end;
            _hasEnded = true;
            cancelling = _cancelling;
            if (_hasStarted)
                end = WithMetrics(end);
            else if (_log is not null)
                end = end with { Log = _log.Text() };
        }
        OnEnded?.Invoke(this);
        // The loop disposes the token source when it receives this event, so post it only after all cancellation
        // callbacks have returned.
        var ended = new WorkerEvent.Ended(Lease, end);
        if (cancelling.IsCompleted)
            (tell ?? post)?.Invoke(ended);
        else
            PostAfter(cancelling, ended);
        return end;
    }

    /// <summary>
    /// Runs the method until it returns, then posts and returns the end of the attempt. Never throws.
    /// </summary>
    /// <param name="method">The method; null when this worker has no method of that name.</param>
    /// <param name="tell">Receives the events; null to post them to the loop immediately.</param>
    /// <param name="now">The current time, if the thread has already read it.</param>
    public async ValueTask<MethodEnd> RunAsync(Method? method, Action<WorkerEvent>? tell = null, TimeSample? now = null)
    {
        // The CPU time of the thread is attributed to this job while the method stays on the thread. When one thread
        // serves many jobs, its CPU time cannot be attributed to any of them.
        _ownsThread = true;
        return TryStart(now, tell) ? End(await CallAsync(method), tell: tell) : new MethodEnd(Kind.Released);
    }

    // Runs on the thread that has called the callbacks, not on the thread pool.
    private void PostAfter(Task cancelling, WorkerEvent.Ended ended) =>
        _ = cancelling.ContinueWith(
            _ => post?.Invoke(ended),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );

    private MethodEnd WithMetrics(MethodEnd end)
    {
        EndedAt = TimeSample.Take(clock, _ownsThread);
        return end with
        {
            Log = _log?.Text(),
            Took = clock.GetElapsedTime(_startedAt.Timestamp, EndedAt.Timestamp),
            Metrics = new OutcomeMetrics
            {
                Started = WireTime.Of(Instant.From(_startedAt.Wall)),
                Ended = WireTime.Of(Instant.From(EndedAt.Wall)),
                CpuMs = EndedAt.ProcessorMillisecondsSince(_startedAt),
            },
        };
    }

    /// <summary>Returns the <see cref="MethodEnd"/> of an attempt that produced this result.</summary>
    public static MethodEnd ResultOf(MethodResult result)
    {
        if (result.Bytes.Length > MaxResultBytes)
            return Failed(
                "TooLarge",
                $"The result has {result.Bytes.Length} bytes, which exceeds the limit of {MaxResultBytes} bytes.",
                "",
                retryable: false
            ) with
            {
                Kind = Kind.TooLarge,
            };
        return new MethodEnd(Kind.Succeeded) { Result = result.Bytes, ContentType = result.ContentType };
    }

    /// <summary>Returns the <see cref="MethodEnd"/> of an attempt whose method threw this exception.</summary>
    public MethodEnd FailureOf(Exception thrown) =>
        thrown switch
        {
            // A cancelled method may throw any exception. Each of them ends the attempt as cancelled.
            OperationCanceledException when _cancelled => new MethodEnd(Kind.Cancelled),
            _ when _cancelled => new MethodEnd(Kind.Cancelled) { Error = Error(thrown, retryable: true) },
            JobRejectedException rejected => new MethodEnd(Kind.Rejected) { Error = Error(rejected, retryable: false) },
            JobFailedException failed => new MethodEnd(Kind.Failed) { Error = Error(failed, failed.Retryable) },
            UnserializableResultException { InnerException: { } unwritable } => new MethodEnd(Kind.Rejected)
            {
                Error = Error(unwritable, retryable: false) with
                {
                    Message = ExceptionText.Truncate(
                        $"The result cannot be serialized: {ExceptionText.MessageOf(unwritable)}",
                        ExceptionText.MaxMessage
                    ),
                },
            },
            _ => new MethodEnd(Kind.Failed) { Error = Error(thrown, retryable: true) },
        };

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _cancellation?.Dispose();
        }
    }

    // Catches every exception, so that a failing job never affects the worker.
    private async Task<MethodEnd> CallAsync(Method? method)
    {
        try
        {
            if (method is null)
                return Failed(
                    "UnknownMethod",
                    $"This worker does not provide the method {Method}.",
                    "",
                    retryable: true
                );
            return ResultOf(await method.CallAsync(this));
        }
        catch (Exception thrown)
        {
            return FailureOf(thrown);
        }
    }

    private static OutcomeError Error(Exception thrown, bool retryable) =>
        new()
        {
            Type = ExceptionText.TypeOf(thrown),
            Message = ExceptionText.MessageOf(thrown),
            // A rejection is caused by the input, so a stack trace would not help the submitter.
            Detail = thrown is JobRejectedException ? "" : ExceptionText.DetailOf(thrown),
            Retryable = retryable,
        };

    private static MethodEnd Failed(string type, string message, string detail, bool retryable) =>
        new(Kind.Failed)
        {
            Error = new OutcomeError
            {
                Type = type,
                Message = message,
                Detail = detail,
                Retryable = retryable,
            },
        };
}
