using Headrace.Core.Jobs;

namespace Headrace.Core.Results;

/// <summary>
/// Requests that wait for a job to end. Both the number of requests and their waiting time are limited.
/// </summary>
internal sealed class Waiters
{
    private readonly Dictionary<JobId, List<RequestId>> _byJob = [];
    private readonly Dictionary<RequestId, JobId> _byRequest = [];
    private readonly Timers<Elapsed, RequestId> _until;

    public Waiters() => _until = new Timers<Elapsed, RequestId>(_byRequest.ContainsKey);

    public int Count => _byRequest.Count;

    public IEnumerable<RequestId> RequestIds => _byRequest.Keys;

    public Elapsed? Next => _until.Next;

    public bool HasCapacity => _byRequest.Count < Limits.Waiters;

    public void Add(RequestId requestId, JobId job, Elapsed until)
    {
        if (!_byJob.TryGetValue(job, out var tickets))
            _byJob.Add(job, tickets = []);
        tickets.Add(requestId);
        _byRequest.Add(requestId, job);
        _until.Add(until, requestId);
    }

    public void Complete(JobId job, Response response, Batch batch)
    {
        if (!_byJob.Remove(job, out var tickets))
            return;
        foreach (var requestId in tickets)
        {
            _byRequest.Remove(requestId);
            batch.Add(requestId, response);
        }
    }

    /// <summary>Removes a request whose wait time has expired.</summary>
    public bool TryTake(Elapsed now, out RequestId requestId, out JobId job)
    {
        job = default;
        while (_until.TryTake(now, out requestId))
            if (OnCallerDisconnected(requestId, out job))
                return true;
        return false;
    }

    public void OnCallerDisconnected(RequestId requestId) => OnCallerDisconnected(requestId, out _);

    private bool OnCallerDisconnected(RequestId requestId, out JobId job)
    {
        if (!_byRequest.Remove(requestId, out job))
            return false;
        var tickets = _byJob[job];
        tickets.Remove(requestId);
        if (tickets.Count == 0)
            _byJob.Remove(job);
        return true;
    }
}
