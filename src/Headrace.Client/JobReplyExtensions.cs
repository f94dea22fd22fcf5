using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>Provides state checks for <see cref="JobReply"/>.</summary>
public static class JobReplyExtensions
{
    /// <summary>Returns true when the job has succeeded, failed or been cancelled.</summary>
    public static bool HasEnded(this JobReply job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.State is "succeeded" or "failed" or "cancelled";
    }

    /// <summary>Returns true when the job has succeeded and its result can be read.</summary>
    public static bool HasSucceeded(this JobReply job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.State == "succeeded";
    }
}
