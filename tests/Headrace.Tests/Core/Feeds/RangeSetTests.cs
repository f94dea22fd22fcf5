using Headrace.Core.Feeds;
using Headrace.Tests.Support;
using Xunit;

namespace Headrace.Tests.Core.Feeds;

public sealed class RangeSetTests
{
    public static TheoryData<int> Seeds => RandomSeed.Take(4);

    [Fact]
    public void Adjacent_ranges_are_merged_and_the_merged_ranges_returned()
    {
        var rangeSet = new RangeSet();
        rangeSet.Add(new CompletionRange(1, 3), out _);
        rangeSet.Add(new CompletionRange(8, 9), out _);
        rangeSet.Add(new CompletionRange(20, 20), out _);

        var merged = rangeSet.Add(new CompletionRange(4, 7), out var removed);

        Assert.Equal(new CompletionRange(1, 9), merged);
        Assert.Equal([new(1, 3), new(8, 9)], removed);
        Assert.Equal([new(1, 9), new(20, 20)], rangeSet.All);
    }

    [Fact]
    public void Gaps_are_listed_from_the_top_down_to_the_requested_limit()
    {
        var rangeSet = new RangeSet();
        rangeSet.Add(new CompletionRange(3, 4), out _);
        rangeSet.Add(new CompletionRange(8, 9), out _);

        Assert.Equal([new(10, 12), new(5, 7), new(1, 2)], rangeSet.Gaps(1, 12));
        Assert.Equal([new(5, 7)], rangeSet.Gaps(4, 9));
        Assert.Equal([new(6, 6)], rangeSet.Gaps(6, 6));
        Assert.Empty(rangeSet.Gaps(8, 9));
        Assert.Empty(rangeSet.Gaps(5, 4));
        Assert.Equal([new(1, 5)], new RangeSet().Gaps(1, 5));
    }

    [Fact]
    public void A_range_is_limited_to_the_gap_around_a_number()
    {
        var rangeSet = new RangeSet();
        rangeSet.Add(new CompletionRange(3, 4), out _);
        rangeSet.Add(new CompletionRange(8, 9), out _);

        Assert.Equal(new CompletionRange(5, 7), rangeSet.ClipToGap(new CompletionRange(1, 20), 6));
        Assert.Equal(new CompletionRange(6, 6), rangeSet.ClipToGap(new CompletionRange(6, 6), 6));
        Assert.Equal(new CompletionRange(1, 2), rangeSet.ClipToGap(new CompletionRange(1, 20), 1));
        Assert.Equal(new CompletionRange(10, 20), rangeSet.ClipToGap(new CompletionRange(1, 20), 12));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_range_set_contains_exactly_the_numbers_that_were_added(int seed)
    {
        var random = RandomSeed.Print(seed);
        var (rangeSet, numbers) = (new RangeSet(), new SortedSet<long>());
        for (var step = 0; step < 300; step++)
        {
            var from = random.Next(1, 200);
            var added = new CompletionRange(from, from + random.Next(8));
            var before = rangeSet.All.ToList();

            var merged = rangeSet.Add(added, out var removed);

            numbers.UnionWith(Numbers(added));
            Assert.Equal(
                before.Except(removed).Append(merged).OrderBy(completionRange => completionRange.From),
                rangeSet.All
            );
            Assert.Equal(numbers, rangeSet.All.SelectMany(completionRange => Numbers(completionRange)));
            Assert.All(
                Enumerable.Range(0, 220),
                number => Assert.Equal(numbers.Contains(number), rangeSet.Contains(number))
            );
            Assert.Equal(
                Enumerable.Range(1, 210).Select(number => (long)number).Except(numbers).Reverse(),
                rangeSet.Gaps(1, 210).SelectMany(completionRange => Numbers(completionRange).Reverse())
            );
            Assert.Equal(rangeSet.Gaps(1, 210).Reverse(), rangeSet.GapsUpward(1, 210));
            Assert.Equal(numbers.Where(added.Contains), rangeSet.Within(added).SelectMany(Numbers));
            var gone = new CompletionRange(random.Next(1, 200), 0);
            gone = gone with { To = gone.From + random.Next(8) };
            rangeSet.Remove(gone);
            numbers.ExceptWith(Numbers(gone));
            Assert.Equal(numbers, rangeSet.All.SelectMany(Numbers));
            Assert.All(
                rangeSet.All.Zip(rangeSet.All.Skip(1)),
                pair => Assert.True(pair.First.To + 1 < pair.Second.From)
            );
        }
    }

    private static IEnumerable<long> Numbers(CompletionRange completionRange) =>
        Enumerable.Range(0, (int)(completionRange.To - completionRange.From + 1)).Select(i => completionRange.From + i);
}
