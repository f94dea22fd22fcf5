using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// One call of a stream method in each seat that needs one; it stays when its jobs have ended, and waits for more.
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

    /// <summary>A stream that is called again whenever its call ends before its jobs do.</summary>
    private sealed class Call(StreamMethod<TInput> method, Inbox inbox)
    {
        private readonly IncomingJobs<TInput> _jobs = new();
        private readonly Lock _lock = new();

        // What is in the method's hands, and whether a call runs; under _lock.
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
            Exception why = new JobFailedException("The method returned without ending this job.");
            try
            {
                await method.RunAsync(_jobs);
            }
            // Catch-all of the first kind: around the jobs that one call has in hand.
            catch (Exception thrown)
            {
                why = thrown;
            }
            // A call that ends without taking anything would end so again: what waited for it when it began ends too.
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
        /// Lanes that were filled together end together: while others go on, the loop hears of them in one go.
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

        // Never asked for a begin, which is told under the attempt's lock.
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
