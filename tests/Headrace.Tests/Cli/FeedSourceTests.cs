using Headrace.Cli.Commands.Consuming;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class FeedSourceTests
{
    [Theory]
    [InlineData(null, 7, null)]
    [InlineData(7L, 7, null)]
    [InlineData(
        6L,
        7,
        "Since the last pull, 1 job of feed 'f' was deleted before an acknowledgement; since the feed was created, 7."
    )]
    [InlineData(
        0L,
        2,
        "Since the last pull, 2 jobs of feed 'f' were deleted before an acknowledgement; since the feed was created, 2."
    )]
    public void Only_jobs_that_were_lost_since_the_previous_pull_are_reported(long? before, long total, string? note) =>
        Assert.Equal(note, FeedSource.Lost("f", before, total));
}
