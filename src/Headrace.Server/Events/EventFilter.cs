using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Server.Access;

namespace Headrace.Server.Events;

/// <summary>
/// Selects the events that a reader receives: those that match its filter and belong to jobs that the caller may read.
/// </summary>
internal sealed class EventFilter(Caller caller, JobFilter jobs, JobId? only)
{
    /// <summary>
    /// The events of workers, pools and webhooks do not belong to a job, so a reader whose filter selects jobs does not
    /// receive them.
    /// </summary>
    private readonly bool _isOfEverything = only is null && jobs == JobFilter.Everything;

    /// <summary>Whether the filter selects all jobs, or all jobs of a queue.</summary>
    private readonly bool _isOfQueues = only is null && jobs with { Queue = null } == JobFilter.Everything;

    private readonly bool _readsAllJobs = caller.ReadsAllJobs;

    private readonly int? _queueHash = jobs.Queue?.GetHashCode();

    public bool Matches(ServerEvent candidate)
    {
        if (_queueHash is { } hash && candidate.QueueHash != hash && candidate.PreviousQueueHash != hash)
            return false;
        return candidate switch
        {
            ServerEvent.OfJob job => Matches(job),
            ServerEvent.OfQueue { Queue: var queue } => _isOfQueues
                && (jobs.Queue is null || jobs.Queue == queue)
                && caller.May(Permission.Read, queue),
            ServerEvent.OfWebhook webhook => _isOfEverything && caller.May(Permission.Read, webhook.Queue),
            _ => _isOfEverything,
        };
    }

    private bool Matches(ServerEvent.OfJob candidate)
    {
        var job = candidate.Job;
        if (only is { } id && job.Id != id)
            return false;
        if (!_readsAllJobs && !caller.MayRead(job.Spec))
            return false;
        if (_isOfEverything)
            return true;
        return (candidate.Ended is { } ended ? jobs.Matches(ended) : jobs.Matches(job) || MatchedBefore(candidate))
            && (jobs.Key is null || job.Spec.Key?.Text == jobs.Key);
    }

    /// <summary>Whether the job matched in the queue that it has left.</summary>
    private bool MatchedBefore(ServerEvent.OfJob candidate) =>
        candidate.PreviousQueue is { } queue
        && jobs.Matches(candidate.Job with { Spec = candidate.Job.Spec with { Queue = queue } });
}
