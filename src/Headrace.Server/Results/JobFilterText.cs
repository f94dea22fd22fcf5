using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Server.Http;

namespace Headrace.Server.Results;

/// <summary>
/// Parses the text form of a filter: <c>state:failed reason:timeout queue:eu method:sha512 worker:w owner:admin</c>. A
/// job must match all terms.
/// </summary>
internal static class JobFilterText
{
    public const string Syntax =
        "Filter terms, all of which must match: state:failed reason:timeout queue:eu method:sha512 "
        + "worker:NAME owner:NAME";

    private static readonly string[] Qualifiers = ["state", "reason", "queue", "method", "worker", "owner"];

    public static Result<JobFilter> Read(string? text)
    {
        var filter = JobFilter.Everything;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var term in (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = term.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || colon == term.Length - 1)
                return Problem.BadRequest(
                    $"The filter term '{QuotedText.Clip(term)}' does not have the form qualifier:value. Valid "
                        + $"qualifiers: {string.Join(", ", Qualifiers)}."
                );
            var (name, value) = (term[..colon], term[(colon + 1)..]);
            if (UnsupportedFields.FilterQualifiers.Contains(name))
                return Problem.BadRequest(
                    $"The filter qualifier '{name}' is not supported in this version. Valid qualifiers: "
                        + $"{string.Join(", ", Qualifiers)}."
                );
            if (!seen.Add(name))
                return Problem.BadRequest($"The filter contains '{name}' twice. Use each qualifier at most once.");
            if (!With(filter, name, value).TryGet(out filter, out var problem))
                return problem;
        }
        return filter;
    }

    private static Result<JobFilter> With(JobFilter filter, string name, string value)
    {
        var quoted = QuotedText.Clip(value);
        switch (name)
        {
            case "state":
                if (States.TryGetValue(value, out var state))
                    return filter with { State = state };
                return Problem.BadRequest(
                    $"'{quoted}' is not a job state. Valid states: {string.Join(", ", States.Keys)}."
                );
            case "reason":
                if (Reasons.TryGetValue(value, out var reason))
                    return filter with { Reason = reason };
                return Problem.BadRequest(
                    $"'{quoted}' is not a failure reason. Valid reasons: {string.Join(", ", Reasons.Keys)}."
                );
            case "queue":
                if (QueueName.TryParse(value, out var queue))
                    return filter with { Queue = queue };
                return Problem.BadRequest(
                    $"'{quoted}' is not a valid queue name. Use {NameFormat.Description}."
                );
            case "method":
                if (MethodName.TryParse(value, out var method))
                    return filter with { Method = method };
                return Problem.BadRequest(
                    $"'{quoted}' is not a valid method name for a filter. Use {NameFormat.Description}, "
                        + "without a version."
                );
            case "worker":
                if (WorkerName.TryParse(value, out var worker))
                    return filter with { Worker = worker };
                return Problem.BadRequest(
                    $"'{quoted}' is not a valid worker name. Use {NameFormat.Description}."
                );
            case "owner":
                return filter with { Owner = value };
            default:
                return Problem.BadRequest(
                    $"There is no filter qualifier '{QuotedText.Clip(name)}'. Valid qualifiers: "
                        + $"{string.Join(", ", Qualifiers)}."
                );
        }
    }

    private static readonly Dictionary<string, JobState> States = Enum.GetValues<JobState>()
        .Where(s => s != JobState.None)
        .ToDictionary(JobStates.ToWireName);

    private static readonly Dictionary<string, FailReason> Reasons = Enum.GetValues<FailReason>()
        .Where(r => r != FailReason.None)
        .ToDictionary(JobStates.ToWireName);
}
