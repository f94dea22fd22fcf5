using Headrace.Core;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class ReasonTests
{
    [Fact]
    public void A_composed_reason_words_each_part_for_its_reader()
    {
        var path = Reason.Path("/data/headrace.db", "the store");
        var part = Reason.Of($"{path} is full");

        var whole = Reason.Of($"Nothing is written: {part}. {1_536 / 1024.0:0.0} KB is free.");

        Assert.Equal("Nothing is written: '/data/headrace.db' is full. 1.5 KB is free.", whole.Detail);
        Assert.Equal("Nothing is written: the store is full. 1.5 KB is free.", whole.Public);
    }

    [Fact]
    public void A_text_is_a_reason_for_every_reader()
    {
        Reason reason = "The server is stopping.";

        Assert.Equal((reason.Detail, reason.Public), ("The server is stopping.", "The server is stopping."));
        Assert.Null((Reason?)(string?)null);
    }
}
