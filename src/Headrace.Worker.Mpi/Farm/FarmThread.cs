using System.Collections.Concurrent;
using Headrace.Worker.Mpi.Processes;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Farm;

/// <summary>
/// Runs the jobs of a rank one after another on a separate thread, because the MPI thread must answer messages while a
/// job runs.
/// </summary>
internal sealed class FarmThread : IDisposable
{
    /// <summary>
    /// How long the result of a short job is held back so that it can be sent with the next results. Each message costs
    /// a few microseconds.
    /// </summary>
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(1);

    private readonly RankDelegate _method;
    private readonly FrameOutbox _outbox;

    // The number of entries is bounded, because the farm hands out only the jobs of one worker call.
    private readonly BlockingCollection<RankJob> _jobs = [];
    private readonly ConcurrentDictionary<uint, RankJob> _open = [];

    public FarmThread(RankDelegate method, FrameOutbox outbox)
    {
        (_method, _outbox) = (method, outbox);
        new Thread(Run) { IsBackground = true, Name = "jobs" }.Start();
    }

    public void Add(IEnumerable<WarmJob> jobs)
    {
        foreach (var received in jobs)
        {
            var job = new RankJob(received, $"{_method.Name}", frame => _outbox.Write(frame));
            _open[received.Id] = job;
            _jobs.Add(job);
        }
    }

    /// <summary>Cancels the token of a job that has not ended.</summary>
    public void Cancel(uint id)
    {
        if (_open.TryGetValue(id, out var job))
            job.Cancel();
    }

    /// <summary>Ends the thread once it has run the jobs that it already has.</summary>
    public void Dispose() => _jobs.CompleteAdding();

    private void Run()
    {
        var flushed = TimeProvider.System.GetTimestamp();
        foreach (var job in _jobs.GetConsumingEnumerable())
        {
            var end = JobFrames.Run(_method, job, null);
            _open.TryRemove(job.FrameId, out _);
            job.Dispose();
            var now = TimeProvider.System.GetTimestamp();
            var isDue = _jobs.Count == 0 || TimeProvider.System.GetElapsedTime(flushed, now) >= FlushInterval;
            _outbox.Write(end, soon: isDue);
            if (isDue)
                flushed = now;
        }
    }
}
