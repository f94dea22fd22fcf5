namespace Headrace.Core.Feeds;

/// <summary>From a number to another, both included.</summary>
internal readonly record struct Span(long From, long To);

/// <summary>
/// A set of numbers as ranges that neither touch nor overlap, in order. Adding at the upper end, which is where the
/// latest lie, costs a look at the last range;
/// a range further down moves those above it.
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
    /// Adds a range. <paramref name="gone"/> are the ranges that it has swallowed; the answer is the range that stands
    /// in their place.
    /// </summary>
    public Span Add(Span span, out IReadOnlyList<Span> gone)
    {
        if (span.From > span.To)
            throw new ArgumentOutOfRangeException(nameof(span), span, "A range ends before it begins.");
        // Neighbours that only touch are one range, too.
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

    /// <summary>What is missing between two numbers, the uppermost first.</summary>
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

    /// <summary>The first range that ends at a number or behind it.</summary>
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
