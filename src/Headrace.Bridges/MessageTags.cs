namespace Headrace.Bridges;

/// <summary>
/// Uses the tags of a job to pass values from its message to its result. A tag has at most 64 characters, so a longer
/// value is split: <c>reply.0=…</c>, <c>reply.1=…</c>.
/// </summary>
internal static class MessageTags
{
    public const string Id = "message";
    public const string ReplyTo = "reply";
    public const string CorrelationId = "correlation";

    private const int MaxTagLength = 64;

    /// <summary>
    /// Maximum length of a part. Two values of 255 characters, the RabbitMQ limit, become 12 tags; a job can have 16.
    /// </summary>
    private const int PartLength = 48;

    public static IEnumerable<string> Write(string name, string? value)
    {
        if (value is null)
            yield break;
        if (name.Length + 1 + value.Length <= MaxTagLength)
        {
            yield return $"{name}={value}";
            yield break;
        }
        for (var (part, start) = (0, 0); start < value.Length; part++)
        {
            var length = Math.Min(PartLength, value.Length - start);
            // Never splits a surrogate pair.
            if (start + length < value.Length && char.IsHighSurrogate(value[start + length - 1]))
                length--;
            yield return $"{name}.{part}={value.Substring(start, length)}";
            start += length;
        }
    }

    /// <summary>Returns the value, or null if the tags do not contain it.</summary>
    public static string? Read(IReadOnlyList<string>? tags, string name)
    {
        if (tags is null)
            return null;
        if (tags.FirstOrDefault(tag => tag.StartsWith($"{name}=", StringComparison.Ordinal)) is { } whole)
            return whole[(name.Length + 1)..];
        var parts = new List<string>();
        while (
            tags.FirstOrDefault(tag => tag.StartsWith($"{name}.{parts.Count}=", StringComparison.Ordinal)) is { } part
        )
            parts.Add(part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        return parts.Count == 0 ? null : string.Concat(parts);
    }
}
