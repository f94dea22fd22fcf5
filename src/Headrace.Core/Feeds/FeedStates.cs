using Headrace.Core.Jobs;

namespace Headrace.Core.Feeds;

/// <summary>Which ended jobs a feed delivers.</summary>
[Flags]
internal enum FeedStates : byte
{
    Succeeded = 1,

    /// <summary>Failed and cancelled jobs.</summary>
    Failed = 2,

    All = Succeeded | Failed,
}

internal static class FeedStatesNames
{
    public static bool Includes(this FeedStates states, JobState ended) =>
        states.HasFlag(ended == JobState.Succeeded ? FeedStates.Succeeded : FeedStates.Failed);

    public static string ToWireName(this FeedStates states) =>
        states switch
        {
            FeedStates.Succeeded => "succeeded",
            FeedStates.Failed => "failed",
            _ => "all",
        };

    public static bool TryParse(string? text, out FeedStates states)
    {
        states = text switch
        {
            "succeeded" => FeedStates.Succeeded,
            "failed" => FeedStates.Failed,
            "all" => FeedStates.All,
            _ => default,
        };
        return states != default;
    }
}
