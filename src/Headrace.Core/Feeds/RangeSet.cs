namespace Headrace.Core.Feeds;

/// <summary>A range of numbers, both ends included.</summary>
internal readonly record struct CompletionRange(long From, long To)
{
    public bool Contains(long number) => From <= number && number <= To;
}

/// <summary>
/// A set of numbers, stored as sorted ranges that neither touch nor overlap. Adding at the upper end, which is the
/// common case, inspects only the last range; adding further down shifts the ranges above the new one.
/// </summary>
internal sealed class RangeSet
{
    private readonly List<CompletionRange> _ranges = [];

    public IReadOnlyList<CompletionRange> All => _ranges;

    public int Count => _ranges.Count;

    public bool Contains(long number)
    {
        var at = FirstReaching(number);
        return at < _ranges.Count && _ranges[at].From <= number;
    }

    /// <summary>
    /// Adds a range and returns the resulting range. Sets <paramref name="merged"/> to the existing ranges that were
    /// merged into it.
    /// </summary>
    public CompletionRange Add(CompletionRange range, out IReadOnlyList<CompletionRange> merged)
    {
        if (range.From > range.To)
            throw new ArgumentOutOfRangeException(nameof(range), range, "The range ends before it starts.");
        // Adjacent ranges are also merged.
        var first = FirstReaching(range.From - 1);
        var after = first;
        while (after < _ranges.Count && _ranges[after].From <= range.To + 1)
            after++;
        merged = _ranges.GetRange(first, after - first);
        if (merged.Count > 0)
            range = new CompletionRange(Math.Min(range.From, merged[0].From), Math.Max(range.To, merged[^1].To));
        _ranges.RemoveRange(first, after - first);
        _ranges.Insert(first, range);
        return range;
    }

    /// <summary>Removes all numbers in a range.</summary>
    public void Remove(CompletionRange range)
    {
        var first = FirstReaching(range.From);
        var after = first;
        while (after < _ranges.Count && _ranges[after].From <= range.To)
            after++;
        if (first == after)
            return;
        var (lowest, highest) = (_ranges[first].From, _ranges[after - 1].To);
        _ranges.RemoveRange(first, after - first);
        if (highest > range.To)
            _ranges.Insert(first, new CompletionRange(range.To + 1, highest));
        if (lowest < range.From)
            _ranges.Insert(first, new CompletionRange(lowest, range.From - 1));
    }

    public void Clear() => _ranges.Clear();

    /// <summary>Returns the parts of the set that lie within a range.</summary>
    public IEnumerable<CompletionRange> Within(CompletionRange range)
    {
        for (var at = FirstReaching(range.From); at < _ranges.Count && _ranges[at].From <= range.To; at++)
            yield return new CompletionRange(
                Math.Max(_ranges[at].From, range.From),
                Math.Min(_ranges[at].To, range.To)
            );
    }

    /// <summary>Limits a range to the gap that contains the number, which must not be in the set.</summary>
    public CompletionRange ClipToGap(CompletionRange range, long number)
    {
        var above = FirstReaching(number);
        return new CompletionRange(
            above > 0 ? Math.Max(range.From, _ranges[above - 1].To + 1) : range.From,
            above < _ranges.Count ? Math.Min(range.To, _ranges[above].From - 1) : range.To
        );
    }

    /// <summary>Returns the gaps between two numbers, lowest first.</summary>
    public IEnumerable<CompletionRange> GapsUpward(long from, long to)
    {
        for (var at = FirstReaching(from); at < _ranges.Count && from <= to; at++)
        {
            if (_ranges[at].From > from)
                yield return new CompletionRange(from, Math.Min(to, _ranges[at].From - 1));
            from = _ranges[at].To + 1;
        }
        if (from <= to)
            yield return new CompletionRange(from, to);
    }

    /// <summary>Returns the gaps between two numbers, highest first.</summary>
    public IEnumerable<CompletionRange> Gaps(long from, long to)
    {
        for (var at = _ranges.Count - 1; at >= 0 && to >= from; at--)
        {
            if (_ranges[at].From > to)
                continue;
            if (_ranges[at].To < to)
                yield return new CompletionRange(Math.Max(from, _ranges[at].To + 1), to);
            to = _ranges[at].From - 1;
        }
        if (to >= from)
            yield return new CompletionRange(from, to);
    }

    /// <summary>Returns the index of the first range that ends at or after the number.</summary>
    private int FirstReaching(long number)
    {
        var (low, high) = (0, _ranges.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].To < number)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
