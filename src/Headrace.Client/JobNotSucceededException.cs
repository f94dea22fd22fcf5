using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>Thrown when a job ends without a result: it failed or was cancelled.</summary>
public sealed class JobNotSucceededException : HeadraceException
{
    /// <summary>Creates an exception for an ended job.</summary>
    public JobNotSucceededException(JobReply job)
        : base(Describe(job))
    {
        Job = job;
    }

    /// <summary>Gets the job with its state, reason and error.</summary>
    public JobReply Job { get; }

    /// <summary>Gets the state in which the job ended: <c>failed</c> or <c>cancelled</c>.</summary>
    public string State => Job.State;

    /// <summary>
    /// Gets the reason why the job failed, such as <c>exhausted</c> or <c>timeout</c>; null if it was cancelled.
    /// </summary>
    public string? Reason => Job.Reason;

    /// <summary>Always false: the outcome of a job is final.</summary>
    public override bool IsTransient => false;

    private static string Describe(JobReply job)
    {
        ArgumentNullException.ThrowIfNull(job);
        var reason = job.Reason is null ? "" : $" ({job.Reason})";
        var error = job.Error is null ? "" : $": {job.Error.Message}";
        return $"Job {job.Id} {job.State}{reason} after {job.Attempt} attempt(s){error}";
    }
}
