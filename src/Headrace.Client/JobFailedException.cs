using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>Thrown when a job ends without a result: it failed or was cancelled.</summary>
public sealed class JobFailedException : HeadraceException
{
    /// <summary>Creates an exception for an ended job.</summary>
    public JobFailedException(JobReply job)
        : base(Words(job))
    {
        Job = job;
    }

    /// <summary>Gets the job with its state, reason and error.</summary>
    public JobReply Job { get; }

    /// <summary>Always false: the job has already used its retries.</summary>
    public override bool IsTransient => false;

    private static string Words(JobReply job)
    {
        ArgumentNullException.ThrowIfNull(job);
        var reason = job.Reason is null ? "" : $" ({job.Reason})";
        var error = job.Error is null ? "" : $": {job.Error.Message}";
        return $"Job {job.Id} {job.State}{reason} after {job.Attempt} attempt(s){error}";
    }
}
