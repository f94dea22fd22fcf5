using System.Security.Cryptography;
using Headrace.Core.Feeds;
using Xunit;

namespace Headrace.Tests.Core.Feeds;

public sealed class RangesTests
{
    public static TheoryData<int> Seeds => [1, 2, 3, RandomNumberGenerator.GetInt32(1000, int.MaxValue)];

    [Fact]
    public void Ranges_that_touch_become_one_and_say_what_they_swallowed()
    {
        var ranges = new Ranges();
        ranges.Add(new Span(1, 3), out _);
        ranges.Add(new Span(8, 9), out _);
        ranges.Add(new Span(20, 20), out _);

        var whole = ranges.Add(new Span(4, 7), out var gone);

        Assert.Equal(new Span(1, 9), whole);
        Assert.Equal([new(1, 3), new(8, 9)], gone);
        Assert.Equal([new(1, 9), new(20, 20)], ranges.All);
    }

    [Fact]
    public void Gaps_come_uppermost_first_and_end_where_asked()
    {
        var ranges = new Ranges();
        ranges.Add(new Span(3, 4), out _);
        ranges.Add(new Span(8, 9), out _);

        Assert.Equal([new(10, 12), new(5, 7), new(1, 2)], ranges.Gaps(1, 12));
        Assert.Equal([new(5, 7)], ranges.Gaps(4, 9));
        Assert.Equal([new(6, 6)], ranges.Gaps(6, 6));
        Assert.Empty(ranges.Gaps(8, 9));
        Assert.Empty(ranges.Gaps(5, 4));
        Assert.Equal([new(1, 5)], new Ranges().Gaps(1, 5));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void It_is_the_set_of_the_numbers_that_were_added(int seed)
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (ranges, numbers) = (new Ranges(), new SortedSet<long>());
        for (var step = 0; step < 300; step++)
        {
            var from = random.Next(1, 200);
            var added = new Span(from, from + random.Next(8));
            var before = ranges.All.ToList();

            var whole = ranges.Add(added, out var gone);

            for (var number = added.From; number <= added.To; number++)
                numbers.Add(number);
            Assert.Equal(before.Except(gone).Append(whole).OrderBy(span => span.From), ranges.All);
            Assert.Equal(numbers, ranges.All.SelectMany(span => Numbers(span)));
            Assert.All(
                Enumerable.Range(0, 220),
                number => Assert.Equal(numbers.Contains(number), ranges.Contains(number))
            );
            Assert.Equal(
                Enumerable.Range(1, 210).Select(number => (long)number).Except(numbers).Reverse(),
                ranges.Gaps(1, 210).SelectMany(span => Numbers(span).Reverse())
            );
            Assert.All(ranges.All.Zip(ranges.All.Skip(1)), pair => Assert.True(pair.First.To + 1 < pair.Second.From));
        }
    }

    private static IEnumerable<long> Numbers(Span span) =>
        Enumerable.Range(0, (int)(span.To - span.From + 1)).Select(i => span.From + i);
}
