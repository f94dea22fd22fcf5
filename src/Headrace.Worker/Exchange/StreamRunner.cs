using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Keeps one call to a stream method open in each slot that needs it. When all jobs passed to a call have ended, the
/// call stays open and waits for more.
/// </summary>
internal sealed class StreamRunner<TInput>(StreamMethod<TInput> method, Inbox inbox) : MethodRunner
{
    private readonly Dictionary<int, StreamCall> _calls = [];

    public override void Run(JobAttempt attempt, int slot)
    {
        if (!_calls.TryGetValue(slot, out var call))
            _calls.Add(slot, call = new StreamCall(method, inbox));
        call.Add(attempt);
    }

    public override void Close()
    {
        foreach (var call in _calls.Values)
            call.Close();
    }

    /// <summary>
    /// Represents the stream of one slot. It calls the method again whenever a call returns before all jobs have ended.
    /// </summary>
    private sealed class StreamCall(StreamMethod<TInput> method, Inbox inbox)
    {
        private readonly JobReader<TInput> _jobs = new();
        private readonly Lock _lock = new();

        // Guarded by _lock: the jobs given to the method, and whether a call is running.
        private readonly HashSet<JobAttempt> _taken = [];
        private bool _isRunning;

        public void Add(JobAttempt attempt)
        {
            attempt.OnEnded = Remove;
            var job = new AttemptLease<TInput>(attempt, method, Post);
            lock (_lock)
            {
                _taken.Add(attempt);
                _jobs.Add(job);
                if (_isRunning)
                    return;
                _isRunning = true;
            }
            Start();
        }

        public void Close() => _jobs.Complete();

        private void Start() => _ = Task.Run(RunAsync);

        private async Task RunAsync()
        {
            var before = _jobs.TakenCount;
            HashSet<JobAttempt> waiting;
            lock (_lock)
                waiting = [.. _taken];
            Exception why = new JobFailedException(
                "The method returned without ending this job. Call Succeed or Fail for each job."
            );
            try
            {
                await method.RunAsync(_jobs);
            }
            // Catches every exception, because an exception must fail only the jobs that this call has taken.
            catch (Exception thrown)
            {
                why = thrown;
            }
            // If the call returned without reading any job, the next call would do the same, so the jobs that were
            // waiting when the call started also fail.
            var all = _jobs.TakenCount == before;
            List<JobAttempt> left;
            lock (_lock)
                left = [.. _taken.Where(attempt => attempt.HasStarted || (all && waiting.Contains(attempt)))];
            foreach (var attempt in left)
            {
                attempt.TryStart();
                attempt.End(attempt.FailureOf(why));
            }
            lock (_lock)
            {
                _isRunning = _taken.Count > 0;
                if (!_isRunning)
                    return;
            }
            Start();
        }

        /// <summary>
        /// Posts an event. Jobs that started together end at about the same time, so while other jobs are still
        /// running, the events are delivered to the loop in one wake-up.
        /// </summary>
        private void Post(WorkerEvent happened)
        {
            if (happened is not WorkerEvent.Ended)
                inbox.EnqueueDeferred(happened);
            else if (HasNoJobs())
                inbox.Enqueue(happened);
            else
                inbox.EnqueueCoalesced(happened);
        }

        // Not called for start events, which are posted under the attempt's lock.
        private bool HasNoJobs()
        {
            lock (_lock)
                return _taken.Count == 0;
        }

        private void Remove(JobAttempt attempt)
        {
            lock (_lock)
                _taken.Remove(attempt);
        }
    }
}
