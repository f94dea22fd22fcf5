using Headrace.Core.Jobs;

namespace Headrace.Core.Retention;

/// <summary>The two classes of ended jobs, which are kept for different lengths of time.</summary>
internal enum HistoryClass : byte
{
    Succeeded,

    /// <summary>Failed and cancelled jobs.</summary>
    Unsuccessful,
}

internal static class HistoryClasses
{
    public static HistoryClass Of(JobState ended) =>
        ended == JobState.Succeeded ? HistoryClass.Succeeded : HistoryClass.Unsuccessful;

    public static string ToWireName(this HistoryClass historyClass) =>
        historyClass == HistoryClass.Succeeded ? "succeeded" : "failed";
}
