using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core.Feeds;

public sealed class CoveredCompletionsTests
{
    [Fact]
    public void Completions_read_oldest_first_cover_what_lies_before_them_and_the_last_one_the_rest()
    {
        var page = Page(oldestFirst: true, [new(1, 9), new(20, 30), new(40, 49)], 3, 5, 41);

        Assert.Equal([new(1, 3), new(4, 9), new(40, 49)], Covers(page));
        Assert.Equal([new(20, 30)], CoveredCompletions.EmptyRanges(page));
    }

    [Fact]
    public void Completions_read_latest_first_cover_what_lies_above_them_and_the_last_one_the_rest()
    {
        var page = Page(oldestFirst: false, [new(40, 49), new(1, 9)], 41, 5, 3);

        Assert.Equal([new(40, 49), new(5, 9), new(1, 4)], Covers(page));
    }

    private static CompletionPage Page(bool oldestFirst, CompletionRange[] scanned, params long[] found) =>
        new([.. found.Select(number => new DeliveredCompletion(number, new JobId(number)))], scanned, oldestFirst);

    private static IEnumerable<CompletionRange> Covers(CompletionPage page) =>
        CoveredCompletions.Of(page).Select(end => end.Covers);
}
