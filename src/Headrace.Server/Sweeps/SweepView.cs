using Headrace.Core.Sweeps;
using Headrace.Protocol.Json;
using Headrace.Server.Access;

namespace Headrace.Server.Sweeps;

/// <summary>
/// Converts a sweep to its reply. For a caller that is not permitted to read every job, the reply contains the number
/// of processed matching jobs instead of the number of examined jobs.
/// </summary>
internal static class SweepView
{
    public static SweepReply Of(SweepRow sweep, Caller caller) =>
        new()
        {
            Id = sweep.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Action = sweep.Action.ToString().ToLowerInvariant(),
            Filter = JobFilterFormat.ToText(sweep.Filter),
            Priority = sweep.Action == SweepAction.Prioritize ? sweep.Priority : null,
            Queue = sweep.Queue?.Text,
            Owner = sweep.Owner,
            State = sweep.State.ToString().ToLowerInvariant(),
            Started = sweep.Started.ToDateTimeOffset(),
            Ended = sweep.Ended?.ToDateTimeOffset(),
            Examined = caller.ReadsAllJobs ? sweep.Examined : sweep.Changed + sweep.Skipped,
            Changed = sweep.Changed,
            Skipped = sweep.Skipped,
            Waiting = sweep.Waiting,
        };
}
