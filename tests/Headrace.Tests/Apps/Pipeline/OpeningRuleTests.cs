using Headrace.Apps.Pipeline.Runs;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

public sealed class OpeningRuleTests
{
    [Theory]
    [InlineData(nameof(RunEntryKind.Ended), true, null, nameof(Opening.Begin))]
    [InlineData(nameof(RunEntryKind.Held), false, null, nameof(Opening.Begin))]
    [InlineData(nameof(RunEntryKind.Left), true, null, nameof(Opening.TakeOver))]
    [InlineData(nameof(RunEntryKind.Held), true, null, nameof(Opening.Ask))]
    [InlineData(nameof(RunEntryKind.Asked), true, null, nameof(Opening.Ask))]
    [InlineData(nameof(RunEntryKind.Ending), true, null, nameof(Opening.Ask))]
    [InlineData(nameof(RunEntryKind.Held), true, 0, nameof(Opening.GiveUp))]
    [InlineData(nameof(RunEntryKind.Asked), true, 9, nameof(Opening.Wait))]
    [InlineData(nameof(RunEntryKind.Asked), true, 10, nameof(Opening.TakeOver))]
    [InlineData(nameof(RunEntryKind.Ending), true, 9, nameof(Opening.Wait))]
    [InlineData(nameof(RunEntryKind.Ending), true, 10, nameof(Opening.Ask))]
    [InlineData(nameof(RunEntryKind.Ended), true, 5, nameof(Opening.Begin))]
    public void The_last_entry_and_the_time_since_the_question_decide(
        string kind,
        bool isOpen,
        int? seconds,
        string expected
    )
    {
        var last = new RunEntry(Enum.Parse<RunEntryKind>(kind), "run", "holder", "author", new RunOptions())
        {
            IsOpen = isOpen,
        };

        var opening = OpeningRule.Decide(last, seconds is { } since ? TimeSpan.FromSeconds(since) : null);

        Assert.Equal(Enum.Parse<Opening>(expected), opening);
    }

    [Fact]
    public void An_entry_is_read_as_it_was_written()
    {
        var entry = new RunEntry(RunEntryKind.Ending, "run", "holder", "author", new RunOptions { Seed = 7 });

        Assert.Equal(entry, RunEntry.FromJson(entry.ToJson()));
    }
}
