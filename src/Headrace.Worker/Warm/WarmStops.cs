using Headrace.Worker.Processes;

namespace Headrace.Worker.Warm;

/// <summary>
/// The stop requests for the jobs in a batch, which arrive on other threads and wake the call's thread.
/// <para>
/// A batch is watched only after <see cref="Delay"/>, because creating two signals for each job would cost more than
/// running the shortest jobs. Most batches of such jobs have ended by then. Requests that arrived earlier are detected
/// at that time.
/// </para>
/// </summary>
internal sealed class WarmStops(Descriptor wake, CancellationToken workerEnds)
{
    /// <summary>Time after the start of a batch at which its jobs begin to be watched for stop requests.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private readonly Queue<WarmStop> _requests = [];
    private readonly List<CancellationTokenRegistration> _registrations = [];

    /// <summary>Gets a value indicating whether the jobs in the batch are being watched.</summary>
    public bool IsWatching => _registrations.Count > 0;

    public void Watch(IReadOnlyList<JobExecution> jobs)
    {
        for (var i = 0; i < jobs.Count; i++)
        {
            var index = i;
            _registrations.Add(jobs[i].CancellationToken.Register(() => Add(new WarmStop(index, Kill: false))));
            _registrations.Add(jobs[i].KillToken.Register(() => Add(new WarmStop(index, Kill: true))));
        }
        _registrations.Add(
            workerEnds.Register(() =>
            {
                for (var i = 0; i < jobs.Count; i++)
                    Add(new WarmStop(i, Kill: true));
            })
        );
    }

    public bool TryTake(out WarmStop stop)
    {
        lock (_lock)
            return _requests.TryDequeue(out stop);
    }

    /// <summary>Ends the watch after a batch.</summary>
    public void Clear()
    {
        // Each call waits for the callback of the registration if the callback is running.
        foreach (var registration in _registrations)
            registration.Dispose();
        _registrations.Clear();
        _requests.Clear();
    }

    private void Add(WarmStop stop)
    {
        lock (_lock)
            _requests.Enqueue(stop);
        wake.Set();
    }
}

/// <summary>A request that a job stop.</summary>
/// <param name="Index">The index of the job in its batch.</param>
/// <param name="Kill">True if the job must stop running.</param>
internal readonly record struct WarmStop(int Index, bool Kill);
