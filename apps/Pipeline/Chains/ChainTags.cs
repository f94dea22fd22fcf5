using System.Globalization;

namespace Headrace.Apps.Pipeline.Chains;

/// <summary>
/// Keeps a <see cref="ChainLink"/> in the tags of its job, so that a program that has been restarted, or another one,
/// can continue the chain.
/// </summary>
internal static class ChainTags
{
    public const string Run = "run";

    public static IReadOnlyList<string> Write(ChainLink link, string run)
    {
        List<string> tags =
        [
            $"{Run}={run}",
            $"chain={link.Origin}",
            Number("generation", link.Generation),
            $"step={link.Step.ToName()}",
            Number("param", link.Param),
            Number("try", link.Try),
        ];
        if (link.Value is { } value)
            tags.Add(Number("value", value));
        return tags;
    }

    /// <summary>Returns the link; null if the job does not belong to the run.</summary>
    public static ChainLink? Read(IReadOnlyList<string>? tags, string run)
    {
        if (
            Find(tags, Run) != run
            || Find(tags, "chain") is not { } origin
            || ChainSteps.Find(Find(tags, "step")) is not { } step
            || FindNumber(tags, "generation") is not { } generation
            || FindNumber(tags, "param") is not { } param
            || FindNumber(tags, "try") is not { } number
        )
            return null;
        return new ChainLink(origin, (int)generation, step, param)
        {
            Value = FindNumber(tags, "value"),
            Try = (int)number,
        };
    }

    /// <summary>Returns the value of a tag <c>NAME=VALUE</c>; null if there is none.</summary>
    public static string? Find(IReadOnlyList<string>? tags, string name) =>
        tags?.FirstOrDefault(tag => tag.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..];

    public static long? FindNumber(IReadOnlyList<string>? tags, string name) =>
        long.TryParse(Find(tags, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    public static string Number(string name, long number) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}={number}");
}
