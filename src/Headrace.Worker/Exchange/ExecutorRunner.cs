using Headrace.Worker.Methods;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Runs the jobs of one method in one worker: one call of the executor in each slot that needs one. Only the worker's
/// loop calls it. It starts work and never waits.
/// </summary>
internal sealed class ExecutorRunner(Method method, Inbox inbox, TimeProvider clock) : IDisposable
{
    private readonly Dictionary<int, ExecutorCall> _calls = [];
    private readonly StopSignal _abandon = new();

    public Method Method => method;

    /// <summary>
    /// Gets the calls that must end everything that they started before the process exits. A delegate has no such
    /// calls, because it starts nothing that outlives the process, and it may never return.
    /// </summary>
    public IEnumerable<Task> CallsToAwait =>
        method.Shape.CanKill ? _calls.Values.Select(call => call.Running).Append(_abandon.Cancelling) : [];

    /// <summary>Runs a job in a slot after the jobs that are already there.</summary>
    public void Run(JobAttempt attempt, int slot) => CallIn(slot).Add(attempt);

    /// <summary>Runs jobs as one batch.</summary>
    public void RunBatch(IReadOnlyList<JobAttempt> attempts, int slot) => CallIn(slot).AddBatch(attempts);

    /// <summary>Ends the calls. No further jobs are passed to them.</summary>
    public void Close()
    {
        foreach (var call in _calls.Values)
            call.Close();
    }

    /// <summary>Requests that the calls immediately end everything that they started.</summary>
    public void Abandon()
    {
        if (method.Shape.CanKill)
            _abandon.Cancel();
    }

    public void Dispose() => _abandon.Dispose();

    private ExecutorCall CallIn(int slot)
    {
        if (!_calls.TryGetValue(slot, out var call))
            _calls.Add(slot, call = new ExecutorCall(method, slot, inbox, clock, _abandon.Token));
        return call;
    }
}
