using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>The job ended without a result.</summary>
public sealed class JobFailedException : HeadraceException
{
    /// <summary>Wraps the ended job.</summary>
    public JobFailedException(JobReply job)
        : base(Words(job))
    {
        Job = job;
    }

    /// <summary>The job, with its state, reason and error.</summary>
    public JobReply Job { get; }

    /// <summary>Never: its retries are spent already.</summary>
    public override bool IsTransient => false;

    private static string Words(JobReply job)
    {
        ArgumentNullException.ThrowIfNull(job);
        var reason = job.Reason is null ? "" : $" ({job.Reason})";
        var error = job.Error is null ? "" : $": {job.Error.Message}";
        return $"Job {job.Id} {job.State}{reason} after {job.Attempt} attempt(s){error}";
    }
}
