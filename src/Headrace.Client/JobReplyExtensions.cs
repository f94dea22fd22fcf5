using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>Questions that are asked of every job.</summary>
public static class JobReplyExtensions
{
    /// <summary>True when the job is over, well or badly.</summary>
    public static bool HasEnded(this JobReply job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.State is "succeeded" or "failed" or "cancelled";
    }

    /// <summary>True when the job is over and left a result.</summary>
    public static bool HasSucceeded(this JobReply job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return job.State == "succeeded";
    }
}
