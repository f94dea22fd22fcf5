using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Farm;

/// <summary>The trace contexts of the jobs of the next call, which arrive before it.</summary>
internal sealed class PendingTraces
{
    private readonly Dictionary<uint, string> _traces = [];

    public void Add(WarmFrame.Trace trace) => _traces[trace.Id] = trace.Traceparent;

    /// <summary>Returns the jobs of the call with their trace contexts.</summary>
    public IReadOnlyList<WarmJob> TakeFor(IReadOnlyList<WarmJob> jobs)
    {
        if (_traces.Count == 0)
            return jobs;
        var traced = jobs.Select(job =>
                _traces.TryGetValue(job.Id, out var trace) ? job with { Traceparent = trace } : job
            )
            .ToList();
        _traces.Clear();
        return traced;
    }
}
