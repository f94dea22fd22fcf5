using System.Globalization;
using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;

namespace Headrace.Protocol.Json;

/// <summary>
/// Parses the text form of a filter: <c>state:failed queue:eu tag:run=7 age:>1h text:"no such file"</c>. All lists,
/// searches and bulk actions use this parser, both on the server and on the command line. A job must match all terms.
/// </summary>
internal sealed class JobFilterParser
{
    /// <summary>The qualifiers, in the order in which messages list them.</summary>
    public static readonly IReadOnlyList<string> Qualifiers =
    [
        "state",
        "reason",
        "queue",
        "method",
        "worker",
        "owner",
        "tag",
        "key",
        "parent",
        "from",
        "to",
        "age",
        "text",
    ];

    public const string Syntax =
        "Filter terms, all of which must match: state:failed reason:timeout queue:eu method:sha512 worker:NAME "
        + "owner:NAME tag:TEXT key:KEY parent:ID from:TIME to:TIME age:>1h age:<1d text:\"part of an error\". A value "
        + "with spaces or quotation marks is written in quotation marks, and each of its own is doubled: "
        + "tag:\"size=3\"\"\"";

    private static readonly Dictionary<string, JobState> States = Enum.GetValues<JobState>()
        .Where(s => s != JobState.None)
        .ToDictionary(JobStates.ToWireName);

    private static readonly Dictionary<string, FailReason> Reasons = Enum.GetValues<FailReason>()
        .Where(r => r != FailReason.None)
        .ToDictionary(JobStates.ToWireName);

    /// <summary>Selects the jobs in any state in which a job has not ended.</summary>
    public const string Unfinished = "unfinished";

    private readonly Instant _now;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<string> _tags = [];
    private JobFilter _filter = JobFilter.Everything;
    private FilterFault? _fault;

    private JobFilterParser(Instant now) => _now = now;

    /// <summary>
    /// Parses a filter. Ages are converted to times relative to <paramref name="now"/>. If the filter is not valid,
    /// returns false and the first error with its position in the text.
    /// </summary>
    public static bool TryParse(string? text, Instant now, out JobFilter filter, out FilterFault fault)
    {
        var parser = new JobFilterParser(now);
        foreach (var term in Terms(text ?? ""))
        {
            parser.Read(term);
            if (parser._fault is not null)
                break;
        }
        filter = parser._filter with { Tags = JobTags.Of(parser._tags) };
        fault = parser._fault ?? default;
        return parser._fault is null;
    }

    /// <summary>Returns the first error in a filter; null if the filter is valid.</summary>
    public static FilterFault? Check(string text, DateTimeOffset now) =>
        TryParse(text, Instant.From(now), out _, out var fault) ? null : fault;

    /// <summary>Returns whether a filter is valid and selects every job.</summary>
    public static bool SelectsEverything(string text) =>
        TryParse(text, default, out var filter, out _) && filter == JobFilter.Everything;

    /// <summary>
    /// Splits text at its spaces, except those between quotation marks. The quotation marks are not part of the value;
    /// between quotation marks, two of them stand for one that is.
    /// </summary>
    private static IEnumerable<Term> Terms(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }
            var (start, isOpen, value) = (at, false, new StringBuilder());
            for (; at < text.Length && (isOpen || text[at] != ' '); at++)
                if (text[at] != '"')
                    value.Append(text[at]);
                else if (isOpen && at + 1 < text.Length && text[at + 1] == '"')
                    value.Append(text[at++]);
                else
                    isOpen = !isOpen;
            yield return new Term(start, text[start..at], value.ToString(), isOpen);
        }
    }

    private void Read(Term term)
    {
        var colon = term.Value.IndexOf(':', StringComparison.Ordinal);
        if (term.IsOpen)
        {
            Fail(term, $"The filter term '{Clip(term.Word)}' has no closing quotation mark.");
            return;
        }
        if (colon <= 0 || colon == term.Value.Length - 1)
        {
            Fail(
                term,
                $"The filter term '{Clip(term.Word)}' does not have the form qualifier:value. Valid qualifiers: "
                    + $"{string.Join(", ", Qualifiers)}."
            );
            return;
        }
        var (name, value) = (term.Value[..colon], term.Value[(colon + 1)..]);
        if (!Qualifiers.Contains(name))
            Fail(
                term with
                {
                    Word = name,
                },
                $"There is no filter qualifier '{Clip(name)}'."
                    + (EditDistance.Similar(Clip(name), Qualifiers) is { } meant ? $" Did you mean '{meant}'?" : "")
                    + $" Valid qualifiers: {string.Join(", ", Qualifiers)}."
            );
        // A job can have several tags, and an age can have two bounds.
        else if (!_seen.Add(name == "age" ? name + value[0] : name) && name != "tag")
            Fail(term, $"The filter contains '{name}' twice. Use each qualifier except 'tag' at most once.");
        else if (Add(name, value) is { } wrong)
            Fail(
                new Term(term.Start + colon + 1, term.Word[Math.Min(colon + 1, term.Word.Length)..], value, false),
                wrong
            );
    }

    /// <summary>
    /// Adds a term to the filter. Returns a description of the error in its value; null if the value is valid.
    /// </summary>
    private string? Add(string name, string value)
    {
        var quoted = Clip(value);
        switch (name)
        {
            case "state" when value == Unfinished:
                _filter = _filter with { UnfinishedOnly = true };
                return null;
            case "state":
                if (!States.TryGetValue(value, out var state))
                    return $"'{quoted}' is not a job state. Valid states: "
                        + $"{string.Join(", ", States.Keys)}; {Unfinished} for any before an end.";
                _filter = _filter with { State = state };
                return null;
            case "reason":
                if (!Reasons.TryGetValue(value, out var reason))
                    return $"'{quoted}' is not a failure reason. Valid reasons: {string.Join(", ", Reasons.Keys)}.";
                _filter = _filter with { Reason = reason };
                return null;
            case "queue":
                if (!QueueName.TryParse(value, out var queue))
                    return $"'{quoted}' is not a valid queue name. Use {NameFormat.Description}.";
                _filter = _filter with { Queue = queue };
                return null;
            case "method":
                if (!MethodName.TryParse(value, out var method))
                    return $"'{quoted}' is not a valid method name for a filter. Use {NameFormat.Description}, without "
                        + "a version.";
                _filter = _filter with { Method = method };
                return null;
            case "worker":
                if (!WorkerName.TryParse(value, out var worker))
                    return $"'{quoted}' is not a valid worker name. Use {NameFormat.Description}.";
                _filter = _filter with { Worker = worker };
                return null;
            case "owner":
                _filter = _filter with { Owner = value };
                return null;
            case "key":
                _filter = _filter with { Key = value };
                return null;
            case "parent":
                if (!JobId.TryParse(value, out var parent))
                    return $"'{quoted}' is not the id of a job. Use a number, such as parent:42.";
                _filter = _filter with { Parent = parent };
                return null;
            case "text":
                _filter = _filter with { Text = value };
                return null;
            case "tag":
                return AddTag(value, quoted);
            case "age":
                return AddAge(value, quoted);
            default:
                return AddTime(name, value, quoted);
        }
    }

    private string? AddTag(string value, string quoted)
    {
        if (value.Length > Limits.MaxTagLength)
            return $"'{quoted}' is not a valid tag. A tag has 1 to {Limits.MaxTagLength} characters.";
        if (_tags.Count == Limits.MaxTags)
            return $"The filter has more than {Limits.MaxTags} tags. No job has that many.";
        _tags.Add(value);
        return null;
    }

    private string? AddAge(string value, string quoted)
    {
        if (value[0] is not ('<' or '>') || !DurationText.TryParse(value[1..], out var age))
            return $"'{quoted}' is not a valid age. Use age:>1h for older jobs or age:<1h for newer ones, with "
                + $"{DurationText.Format}.";
        var at = _now + -age;
        _filter =
            value[0] == '>' ? _filter with { To = Min(_filter.To, at) } : _filter with { From = Max(_filter.From, at) };
        return null;
    }

    private string? AddTime(string name, string value, string quoted)
    {
        if (!Rfc3339.TryParse(value, out var time) && !TryDate(value, out time))
            return $"'{quoted}' is not a valid time. Use {Rfc3339.Format}, or a date such as 2030-01-31.";
        var at = Instant.From(time);
        _filter =
            name == "from" ? _filter with { From = Max(_filter.From, at) } : _filter with { To = Min(_filter.To, at) };
        return null;
    }

    private static bool TryDate(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(
            text,
            "yyyy-MM-dd",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out time
        );

    private void Fail(Term term, string message) =>
        _fault = new FilterFault(term.Start, Math.Max(1, term.Word.Length), message);

    private static Instant Min(Instant a, Instant b) => a < b ? a : b;

    private static Instant Max(Instant a, Instant b) => a > b ? a : b;

    private static string Clip(string text) => text.Length <= 100 ? text : text[..100] + "…";

    /// <summary>A term of a filter: its position, its text, and its text without quotation marks.</summary>
    private readonly record struct Term(int Start, string Word, string Value, bool IsOpen);
}

/// <summary>An error in a filter and its position.</summary>
/// <param name="Start">The index of the first invalid character.</param>
/// <param name="Length">The number of invalid characters.</param>
/// <param name="Message">One or two sentences that describe the error and state what is valid.</param>
internal readonly record struct FilterFault(int Start, int Length, string Message)
{
    /// <summary>Returns the filter, followed by a line that marks the invalid characters.</summary>
    public string Mark(string filter) => $"{filter}\n{new string(' ', Start)}{new string('^', Length)}";
}
