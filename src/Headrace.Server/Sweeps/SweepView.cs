using Headrace.Core.Sweeps;
using Headrace.Protocol.Json;

namespace Headrace.Server.Sweeps;

/// <summary>Converts a sweep to its reply.</summary>
internal static class SweepView
{
    public static SweepReply Of(SweepRow sweep) =>
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
            Examined = sweep.Examined,
            Changed = sweep.Changed,
            Skipped = sweep.Skipped,
            Waiting = sweep.Waiting,
        };
}
