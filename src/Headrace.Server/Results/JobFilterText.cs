using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;
using Headrace.Server.Http;

namespace Headrace.Server.Results;

/// <summary>
/// Reads the text form of a filter: <c>state:failed reason:timeout queue:eu method:sha512 worker:w owner:admin</c>; all
/// must hold.
/// </summary>
internal static class JobFilterText
{
    public const string Syntax =
        "Qualifiers, all of which must hold: state:failed reason:timeout queue:eu method:sha512 worker:NAME owner:NAME";

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
                    $"The filter term '{term}' is no qualifier:value. There are: {string.Join(", ", Qualifiers)}."
                );
            var (name, value) = (term[..colon], term[(colon + 1)..]);
            if (UnsupportedFields.FilterQualifiers.Contains(name))
                return Problem.BadRequest(
                    $"The filter qualifier '{name}' is part of the contract and not built yet. There are: {string.Join(", ", Qualifiers)}."
                );
            if (!seen.Add(name))
                return Problem.BadRequest($"The filter has '{name}' twice. A job has one; give it once.");
            if (!With(filter, name, value).TryGet(out filter, out var problem))
                return problem;
        }
        return filter;
    }

    private static Result<JobFilter> With(JobFilter filter, string name, string value)
    {
        switch (name)
        {
            case "state":
                if (States.TryGetValue(value, out var state))
                    return filter with { State = state };
                return Problem.BadRequest($"There is no state '{value}'. There are: {string.Join(", ", States.Keys)}.");
            case "reason":
                if (Reasons.TryGetValue(value, out var reason))
                    return filter with { Reason = reason };
                return Problem.BadRequest(
                    $"There is no reason '{value}'. There are: {string.Join(", ", Reasons.Keys)}."
                );
            case "queue":
                if (QueueName.TryParse(value, out var queue))
                    return filter with { Queue = queue };
                return Problem.BadRequest($"'{value}' is no name of a queue: {NameFormat.Description}.");
            case "method":
                if (MethodName.TryParse(value, out var method))
                    return filter with { Method = method };
                return Problem.BadRequest(
                    $"'{value}' is no name of a method: {NameFormat.Description}; the filter takes it without a version."
                );
            case "worker":
                if (WorkerName.TryParse(value, out var worker))
                    return filter with { Worker = worker };
                return Problem.BadRequest($"'{value}' is no name of a worker: {NameFormat.Description}.");
            case "owner":
                return filter with { Owner = value };
            default:
                return Problem.BadRequest(
                    $"There is no filter qualifier '{name}'. There are: {string.Join(", ", Qualifiers)}."
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
