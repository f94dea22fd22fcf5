using System.Threading.Channels;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Keeps one call to the executor of a method open in a slot. When all jobs passed to the call have ended, the call
/// stays open and waits for more. If it ends earlier, the executor is called again.
/// </summary>
internal sealed class ExecutorCall
{
    private readonly IMethodExecutor _executor;
    private readonly int _slot;
    private readonly Inbox _inbox;
    private readonly CancellationToken _abandon;
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
    // batch in between.
    private volatile bool _isBatchOpen;

    // Only the reader accesses these fields: the number of jobs that it has read, including recalled ones, and whether
    // it has enqueued events without waking the loop.
    private long _readCount;
    private bool _hasSilentEvents;

    public ExecutorCall(Method method, int slot, Inbox inbox, TimeProvider clock, CancellationToken abandon)
    {
        (_executor, _slot, _inbox, Clock, _abandon) = (method.Executor, slot, inbox, clock, abandon);
        _reader = new JobReader(this);
    }

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
            if (attempt.TryStart())
                return attempt;
        }
        return null;
    }

    /// <summary>
    /// Starts the next job like <see cref="TryStartNext"/>, but does not wake the loop. The caller reads again soon, or
    /// calls <see cref="Flush"/> before it waits for anything else.
    /// </summary>
    /// <param name="now">The current time, if the thread has already read it.</param>
    public JobAttempt? TryStartNextSilently(TimeSample? now)
    {
        while (_jobs.Reader.TryRead(out var attempt))
        {
            _readCount++;
            _hasSilentEvents = true;
            if (attempt.TryStartSilently(now))
                return attempt;
        }
        return null;
    }

    /// <summary>Starts all jobs that are available, except recalled ones.</summary>
    public List<JobExecution> StartAvailable()
    {
        var started = new List<JobExecution>();
        // The loop adds a batch under the same lock, so that no batch is read in two parts.
        lock (_lock)
            while (TryStartNext() is { } attempt)
                started.Add(attempt);
        return started;
    }

    /// <summary>Wakes the loop if events were enqueued without waking it.</summary>
    public void Flush()
    {
        if (!_hasSilentEvents)
            return;
        _hasSilentEvents = false;
        _inbox.Wake();
    }

    public void OnStarted(WorkerEvent.Started started) => _inbox.EnqueueDeferred(started);

    public void OnStartedSilently(WorkerEvent.Started started) => _inbox.EnqueueSilently(started);

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
    /// Reports that a job has ended. Jobs that started together end at about the same time, so while other jobs are
    /// still running, the events are delivered to the loop in one wake-up.
    /// </summary>
    public void OnEnded(WorkerEvent.Ended ended, bool wasLast)
    {
        if (wasLast)
            _inbox.Enqueue(ended);
        else
            _inbox.EnqueueCoalesced(ended);
    }

    public void OnEndedSilently(WorkerEvent.Ended ended)
    {
        _hasSilentEvents = true;
        _inbox.EnqueueSilently(ended);
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
                attempt.TryStart();
                attempt.End(JobOutcome.Failed(why));
            }
            OnReturned();
        } while (IsLeft());
    }

    /// <summary>
    /// Calls the executor once. Returns the exception with which the jobs that the executor has not ended will fail.
    /// </summary>
    private async Task<Exception> CallAsync()
    {
        try
        {
            await _executor.RunAsync(_reader, _abandon);
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

    /// <summary>
    /// Before the call waits, notifies the loop of the events that were enqueued without waking it, and of the end of
    /// the batch.
    /// </summary>
    private void OnReturned()
    {
        if (_jobs.Reader.TryPeek(out _))
            return;
        Flush();
        if (!_isBatchOpen)
            return;
        _isBatchOpen = false;
        _inbox.Enqueue(new WorkerEvent.CallReturned(_slot));
    }
}
