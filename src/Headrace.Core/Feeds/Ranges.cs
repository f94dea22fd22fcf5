namespace Headrace.Core.Feeds;

/// <summary>A range of numbers, both ends included.</summary>
internal readonly record struct Span(long From, long To);

/// <summary>
/// A set of numbers, stored as sorted ranges that neither touch nor overlap. Adding at the upper end, the common case,
/// inspects only the last range; adding further down shifts the ranges above.
/// </summary>
internal sealed class Ranges
{
    private readonly List<Span> _spans = [];

    public IReadOnlyList<Span> All => _spans;

    public int Count => _spans.Count;

    public bool Contains(long number)
    {
        var at = FirstReaching(number);
        return at < _spans.Count && _spans[at].From <= number;
    }

    /// <summary>
    /// Adds a range. <paramref name="gone"/> lists the ranges merged into it. Returns the resulting range.
    /// </summary>
    public Span Add(Span span, out IReadOnlyList<Span> gone)
    {
        if (span.From > span.To)
            throw new ArgumentOutOfRangeException(nameof(span), span, "The range ends before it starts.");
        // Adjacent ranges are merged as well.
        var first = FirstReaching(span.From - 1);
        var after = first;
        while (after < _spans.Count && _spans[after].From <= span.To + 1)
            after++;
        gone = _spans.GetRange(first, after - first);
        if (gone.Count > 0)
            span = new Span(Math.Min(span.From, gone[0].From), Math.Max(span.To, gone[^1].To));
        _spans.RemoveRange(first, after - first);
        _spans.Insert(first, span);
        return span;
    }

    /// <summary>Returns the gaps between two numbers, uppermost first.</summary>
    public IEnumerable<Span> Gaps(long from, long to)
    {
        for (var at = _spans.Count - 1; at >= 0 && to >= from; at--)
        {
            if (_spans[at].From > to)
                continue;
            if (_spans[at].To < to)
                yield return new Span(Math.Max(from, _spans[at].To + 1), to);
            to = _spans[at].From - 1;
        }
        if (to >= from)
            yield return new Span(from, to);
    }

    /// <summary>The index of the first range that ends at or after a number.</summary>
    private int FirstReaching(long number)
    {
        var (low, high) = (0, _spans.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_spans[middle].To < number)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
