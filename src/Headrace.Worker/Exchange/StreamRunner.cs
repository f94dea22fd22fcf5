using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Runs one call of a stream method in each slot that needs one. The call continues after its jobs have ended and waits
/// for more.
/// </summary>
internal sealed class StreamRunner<TInput>(StreamMethod<TInput> method, Inbox inbox) : MethodRunner
{
    private readonly Dictionary<int, Call> _calls = [];

    public override void Run(Attempt attempt, int seat)
    {
        if (!_calls.TryGetValue(seat, out var call))
            _calls.Add(seat, call = new Call(method, inbox));
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
    private sealed class Call(StreamMethod<TInput> method, Inbox inbox)
    {
        private readonly IncomingJobs<TInput> _jobs = new();
        private readonly Lock _lock = new();

        // Guarded by _lock: the jobs given to the method, and whether a call is running.
        private readonly HashSet<Attempt> _inHand = [];
        private bool _runs;

        public void Add(Attempt attempt)
        {
            attempt.WhenOver = Forget;
            var job = new OpenJob<TInput>(attempt, method, Tell);
            lock (_lock)
            {
                _inHand.Add(attempt);
                _jobs.Add(job);
                if (_runs)
                    return;
                _runs = true;
            }
            Start();
        }

        public void Close() => _jobs.Close();

        private void Start() => _ = Task.Run(RunAsync);

        private async Task RunAsync()
        {
            var before = _jobs.Taken;
            HashSet<Attempt> waiting;
            lock (_lock)
                waiting = [.. _inHand];
            Exception why = new JobFailedException(
                "The method returned without ending this job. Call Succeed or Fail for each job."
            );
            try
            {
                await method.RunAsync(_jobs);
            }
            // Catches every exception: it fails only the jobs that this call has taken.
            catch (Exception thrown)
            {
                why = thrown;
            }
            // A call that returns without reading any job would do so again, so the jobs that were waiting when it
            // started also end.
            var all = _jobs.Taken == before;
            List<Attempt> left;
            lock (_lock)
                left = [.. _inHand.Where(attempt => attempt.HasBegun || (all && waiting.Contains(attempt)))];
            foreach (var attempt in left)
            {
                attempt.TryBegin();
                attempt.End(attempt.FailureOf(why));
            }
            lock (_lock)
            {
                _runs = _inHand.Count > 0;
                if (!_runs)
                    return;
            }
            Start();
        }

        /// <summary>
        /// Posts an event. Jobs that started together end together: while others are still running, their events are
        /// delivered to the loop in one wake-up.
        /// </summary>
        private void Tell(WorkerEvent happened)
        {
            if (happened is not WorkerEvent.Ended)
                inbox.AddLater(happened);
            else if (IsEmptyHanded())
                inbox.Add(happened);
            else
                inbox.AddSoon(happened);
        }

        // Not called for start events, which are posted under the attempt's lock.
        private bool IsEmptyHanded()
        {
            lock (_lock)
                return _inHand.Count == 0;
        }

        private void Forget(Attempt attempt)
        {
            lock (_lock)
                _inHand.Remove(attempt);
        }
    }
}
