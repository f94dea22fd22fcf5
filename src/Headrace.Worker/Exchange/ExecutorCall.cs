using System.Threading.Channels;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Keeps one call to the executor of a method open in a slot. When all jobs passed to the call have ended, the call
/// stays open and waits for more. If it ends earlier, the executor is called again.
/// <para>
/// A call that runs one job after another may be given several short jobs in advance. A wake-up of the loop costs as
/// much as running ten of them. Therefore, the loop is woken only by the last of them, or when
/// <see cref="MinWakeInterval"/> has passed since the last wake-up. If a job runs for an unexpectedly long time, the
/// loop handles the ends of the earlier jobs when the slot's timeout expires
/// (<see cref="WorkerRules.LocalQueueTimeout"/>). It sets a timer for this timeout until it knows that the last of them
/// has started.
/// </para>
/// </summary>
internal sealed class ExecutorCall
{
    /// <summary>
    /// Minimum interval between two wake-ups: a tenth of the time that recording one round of outcomes takes.
    /// </summary>
    private static readonly TimeSpan MinWakeInterval = TimeSpan.FromMicroseconds(500);

    /// <summary>
    /// How long the end time of one job may also serve as the start time of the next. Reading all clocks takes a tenth
    /// of the time of the shortest jobs.
    /// </summary>
    private static readonly TimeSpan MaxSampleAge = TimeSpan.FromMicroseconds(20);

    private readonly Method _method;
    private readonly int _slot;
    private readonly Inbox _inbox;
    private readonly CancellationToken _abandon;

    // Whether the CPU time of a thread is attributed to the job that runs on it. This is correct only for a method in
    // this process that is called for one job after another.
    private readonly bool _measuresThread;
    private readonly bool _isSequential;
    private readonly JobReader _reader;

    // The number of jobs in the channel never exceeds the number of leases that this worker holds.
    private readonly Channel<JobAttempt> _jobs = Channel.CreateUnbounded<JobAttempt>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly Lock _lock = new();

    // Guarded by _lock: the jobs that have not ended, and whether a call is running.
    private readonly HashSet<JobAttempt> _open = [];
    private Task _running = Task.CompletedTask;
    private bool _isRunning;

    // Written by the loop before it adds a batch, and by the reader once it has read the batch; the loop adds no other
    // batch between these two writes.
    private volatile bool _isBatchOpen;

    // Only the reader accesses this field: the number of jobs that it has read, including recalled ones.
    private long _readCount;

    // Accessed only if the jobs run one after another: when the last job ended, and the timestamp of the last wake-up.
    // After the call has waited, the start of the next job replaces that timestamp.
    private TimeSample _endedAt;
    private long _wokeAt;
    private bool _hasWaited;

    public ExecutorCall(Method method, int slot, Inbox inbox, TimeProvider clock, CancellationToken abandon)
    {
        (_method, _slot, _inbox, Clock, _abandon) = (method, slot, inbox, clock, abandon);
        _isSequential = method.Shape.Kind == ShapeKind.Single;
        _measuresThread = _isSequential && !method.Shape.CanKill;
        _reader = new JobReader(this);
    }

    /// <summary>Gets the error types after which a job fails at once, even if it has retries left.</summary>
    public IReadOnlySet<string> PermanentErrors => _method.PermanentErrors;

    /// <summary>Gets the clock that measures the attempts.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Gets the task of the running call; completed if none is running.</summary>
    public Task Running
    {
        get
        {
            lock (_lock)
                return _running;
        }
    }

    public void Add(JobAttempt attempt)
    {
        lock (_lock)
        {
            Enqueue(attempt);
            EnsureRunning();
        }
    }

    /// <summary>Adds the jobs of a batch. The slot stays occupied until the executor reads again.</summary>
    public void AddBatch(IReadOnlyList<JobAttempt> attempts)
    {
        _isBatchOpen = true;
        lock (_lock)
        {
            foreach (var attempt in attempts)
                Enqueue(attempt);
            EnsureRunning();
        }
    }

    /// <summary>Completes the reader. The jobs that it still contains can be read afterwards.</summary>
    public void Close() => _jobs.Writer.TryComplete();

    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        OnReturned();
        return _jobs.Reader.WaitToReadAsync(cancellationToken);
    }

    /// <summary>Starts the next job that was not recalled; returns null if there is none.</summary>
    public JobAttempt? TryStartNext()
    {
        while (_jobs.Reader.TryRead(out var attempt))
        {
            _readCount++;
            if (attempt.TryStart(Now()))
                return attempt;
        }
        return null;
    }

    /// <summary>Starts all jobs that are available, except recalled ones.</summary>
    public List<JobExecution> StartAvailable()
    {
        var started = new List<JobExecution>();
        var now = Now();
        // The loop adds a batch under the same lock, so that no batch is read in two parts.
        lock (_lock)
            while (_jobs.Reader.TryRead(out var attempt))
            {
                _readCount++;
                if (attempt.TryStart(now))
                    started.Add(attempt);
            }
        if (started.Count > 0)
            AttemptTelemetry.OnBatch(_method.Name.Name.Text, started.Count);
        return started;
    }

    public void OnStarted(WorkerEvent.Started started)
    {
        if (_isSequential)
            _inbox.EnqueueSilently(started);
        else
            _inbox.EnqueueDeferred(started);
    }

    /// <summary>Removes a job that has ended. Returns true if it was the last one.</summary>
    public bool Remove(JobAttempt attempt)
    {
        lock (_lock)
        {
            _open.Remove(attempt);
            return _open.Count == 0;
        }
    }

    /// <summary>
    /// Reports that a job has ended. Jobs that started together end at about the same time, so the events are delivered
    /// to the loop in one wake-up while other jobs are still running.
    /// </summary>
    /// <param name="ended">The event.</param>
    /// <param name="wasLast">Whether no other job of the call is left.</param>
    /// <param name="at">The time at which the job ended; default if it never started.</param>
    public void OnEnded(WorkerEvent.Ended ended, bool wasLast, TimeSample at)
    {
        if (wasLast)
            _inbox.Enqueue(ended);
        else if (_isSequential && at.Timestamp != 0)
            EnqueueSparsely(ended, at.Timestamp);
        else
            _inbox.EnqueueCoalesced(ended);
        if (_measuresThread)
            _endedAt = at;
    }

    private void EnqueueSparsely(WorkerEvent.Ended ended, long now)
    {
        if (Clock.GetElapsedTime(_wokeAt, now) < MinWakeInterval)
        {
            _inbox.EnqueueSilently(ended);
            return;
        }
        _wokeAt = now;
        _inbox.Enqueue(ended);
    }

    /// <summary>Returns the time at which the next job starts.</summary>
    private TimeSample Now()
    {
        if (
            _measuresThread
            && _endedAt.Thread == Environment.CurrentManagedThreadId
            && Clock.GetElapsedTime(_endedAt.Timestamp) < MaxSampleAge
        )
            return _endedAt;
        var now = TimeSample.Take(Clock, _measuresThread);
        if (_hasWaited)
            (_hasWaited, _wokeAt) = (false, now.Timestamp);
        return now;
    }

    private void Enqueue(JobAttempt attempt)
    {
        attempt.Call = this;
        _open.Add(attempt);
        _jobs.Writer.TryWrite(attempt);
    }

    private void EnsureRunning()
    {
        if (_isRunning)
            return;
        _isRunning = true;
        _running = Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        do
        {
            var before = _readCount;
            HashSet<JobAttempt> waiting;
            lock (_lock)
                waiting = [.. _open];
            var why = await CallAsync();
            // If the call returned without reading any job, the next call would do the same, so the jobs that were
            // waiting when the call started also fail.
            var all = _readCount == before;
            List<JobAttempt> left;
            lock (_lock)
                left = [.. _open.Where(attempt => attempt.HasStarted || (all && waiting.Contains(attempt)))];
            foreach (var attempt in left)
            {
                attempt.TryStart(Now());
                attempt.End(JobOutcome.Failed(why));
            }
            OnReturned();
        } while (IsLeft());
    }

    /// <summary>
    /// Calls the executor once. Returns the exception that becomes the error of every job that the executor did not
    /// end.
    /// </summary>
    private async Task<Exception> CallAsync()
    {
        try
        {
            await _method.Executor.RunAsync(_reader, _abandon);
            return new JobFailedException(
                "The method returned without ending this job. It must end each job that it reads."
            );
        }
        // Catches every exception, because an exception must fail only the jobs that this call has read.
        catch (Exception thrown)
        {
            return thrown;
        }
    }

    private bool IsLeft()
    {
        lock (_lock)
            return _isRunning = _open.Count > 0;
    }

    /// <summary>Notifies the loop that the batch was processed, before the call waits.</summary>
    private void OnReturned()
    {
        if (_jobs.Reader.TryPeek(out _))
            return;
        _hasWaited = true;
        if (!_isBatchOpen)
            return;
        _isBatchOpen = false;
        _inbox.Enqueue(new WorkerEvent.CallReturned(_slot));
    }
}
