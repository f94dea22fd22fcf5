using System.Globalization;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Results;

namespace Headrace.Protocol.Json;

/// <summary>Formats a filter in the form that <see cref="JobFilterParser"/> reads.</summary>
internal static class JobFilterFormat
{
    public static string ToText(JobFilter filter)
    {
        var terms = new List<string>();
        Add(terms, "state", filter.State?.ToWireName() ?? (filter.UnfinishedOnly ? JobFilterParser.Unfinished : null));
        Add(terms, "reason", filter.Reason?.ToWireName());
        Add(terms, "queue", filter.Queue?.Text);
        Add(terms, "method", filter.Method?.Text);
        Add(terms, "worker", filter.Worker?.Text);
        Add(terms, "owner", filter.Owner);
        foreach (var tag in filter.Tags.Values)
            Add(terms, "tag", tag);
        Add(terms, "key", filter.Key);
        Add(terms, "parent", filter.Parent?.ToString());
        if (filter.From > default(Instant))
            Add(terms, "from", Time(filter.From));
        if (filter.To < Instant.Never)
            Add(terms, "to", Time(filter.To));
        Add(terms, "text", filter.Text);
        return string.Join(' ', terms);
    }

    private static void Add(List<string> terms, string name, string? value)
    {
        if (value is not null)
            terms.Add(
                value.AsSpan().ContainsAny(' ', '"')
                    ? $"{name}:\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
                    : $"{name}:{value}"
            );
    }

    private static string Time(Instant at) =>
        at.ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}
