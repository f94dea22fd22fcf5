using System.Text.Json.Serialization;

namespace Headrace.Apps.Benchop.Runs;

/// <summary>
/// How a run ended, stored as the last line of its file. The line is missing if the run's process was killed.
/// </summary>
internal sealed record RunEnd(DateTimeOffset Ended, RunOutcome Outcome);

[JsonConverter(typeof(EnumNameConverter<RunOutcome>))]
internal enum RunOutcome
{
    /// <summary>Every cell has a result or a reason.</summary>
    Complete,

    /// <summary>The user interrupted the run.</summary>
    Interrupted,

    /// <summary>The connection to the server was lost, or the server rejected a job.</summary>
    Failed,
}
