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
    private readonly Method _method;
    private readonly int _slot;
    private readonly Inbox _inbox;
    private readonly CancellationToken _abandon;

    // Whether the CPU time of a thread is attributed to the job that runs on it. That is right for a method in this
    // process that is called for one job after another.
    private readonly bool _measuresThread;
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

    // Only the reader accesses this field: the number of jobs that it has read, including recalled ones.
    private long _readCount;

    public ExecutorCall(Method method, int slot, Inbox inbox, TimeProvider clock, CancellationToken abandon)
    {
        (_method, _slot, _inbox, Clock, _abandon) = (method, slot, inbox, clock, abandon);
        _measuresThread = method.Shape is { Kind: ShapeKind.Single, CanKill: false };
        _reader = new JobReader(this);
    }

    /// <summary>Gets the types of errors after which a job fails at once, even if it has retries left.</summary>
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
        return started;
    }

    public void OnStarted(WorkerEvent.Started started) => _inbox.EnqueueDeferred(started);

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

    private TimeSample Now() => TimeSample.Take(Clock, _measuresThread);

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
    /// Calls the executor once. Returns the exception with which the jobs that the executor has not ended will fail.
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
        if (!_isBatchOpen || _jobs.Reader.TryPeek(out _))
            return;
        _isBatchOpen = false;
        _inbox.Enqueue(new WorkerEvent.CallReturned(_slot));
    }
}
