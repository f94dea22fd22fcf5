namespace Headrace.Core.Jobs;

/// <summary>
/// The tags of a job: a small set of short labels that group jobs. They are in ordinal order without duplicates, so
/// that equal sets compare equal.
/// </summary>
internal sealed class JobTags : IEquatable<JobTags>
{
    public static readonly JobTags None = new([]);

    private readonly string[] _values;

    private JobTags(string[] values) => (_values, Characters) = (values, values.Sum(static tag => tag.Length));

    public IReadOnlyList<string> Values => _values;

    /// <summary>Total length of the tags in characters.</summary>
    public int Characters { get; }

    /// <summary>Creates a set without checking the limits, for tags that were validated earlier.</summary>
    public static JobTags Of(IEnumerable<string> tags)
    {
        string[] values = [.. tags.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return values.Length == 0 ? None : new JobTags(values);
    }

    /// <summary>
    /// Creates a set of tags. Returns false if there are more than <see cref="Limits.MaxTags"/> tags, or if one is
    /// empty or longer than <see cref="Limits.MaxTagLength"/>.
    /// </summary>
    public static bool TryCreate(IReadOnlyCollection<string> tags, out JobTags created)
    {
        created = None;
        if (tags.Count == 0)
            return true;
        if (tags.Count > Limits.MaxTags || tags.Any(tag => tag is not { Length: > 0 and <= Limits.MaxTagLength }))
            return false;
        created = Of(tags);
        return true;
    }

    public bool Equals(JobTags? other) => other is not null && _values.AsSpan().SequenceEqual(other._values);

    public override bool Equals(object? obj) => Equals(obj as JobTags);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var value in _values)
            hash.Add(value, StringComparer.Ordinal);
        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(", ", _values);
}
