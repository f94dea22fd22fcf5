using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Server.Jobs;

/// <summary>Describes in one sentence how a job ended.</summary>
internal static class EndDescription
{
    public static string Of(DoneRow row)
    {
        var now = row.Job.Status;
        var error = row.Error is { } e ? $": {e.Message}" : ".";
        return now.State switch
        {
            JobState.Succeeded => $"It succeeded in attempt {now.Attempt} on worker {now.Holder.Worker}.",
            JobState.Failed when now.Attempt == 0 =>
                $"It failed ({row.Reason.ToWireName()}) before its first attempt{error}",
            JobState.Failed => $"It failed ({row.Reason.ToWireName()}) after attempt {now.Attempt}{error}",
            _ => now.Attempt == 0
                ? "It was cancelled before its first attempt."
                : $"It was cancelled after attempt {now.Attempt}.",
        };
    }
}
