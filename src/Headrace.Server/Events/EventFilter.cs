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
    /// The events of workers and webhooks do not belong to a job, so a reader whose filter selects jobs does not
    /// receive them.
    /// </summary>
    private readonly bool _isOfEverything = only is null && jobs == JobFilter.Everything;

    private readonly bool _readsAllJobs = caller.ReadsAllJobs;

    private readonly int? _queueHash = jobs.Queue?.GetHashCode();

    public bool Matches(ServerEvent candidate)
    {
        if (_queueHash is { } hash && candidate.QueueHash != hash)
            return false;
        return candidate switch
        {
            ServerEvent.OfJob job => Matches(job),
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
        return (candidate.Ended is { } ended ? jobs.Matches(ended) : jobs.Matches(job))
            && (jobs.Key is null || job.Spec.Key?.Text == jobs.Key);
    }
}
