using Headrace.Server.Workers;
using Xunit;

namespace Headrace.Tests.Server.Workers;

public sealed class TextsTests
{
    [Fact]
    public void A_text_within_its_bound_stays_as_it_is() => Assert.Equal("abc", TextLimits.Truncate("abc", 3));

    [Fact]
    public void A_longer_one_is_cut_and_says_how_long_it_was() =>
        Assert.Equal("ab… (4 characters in total)", TextLimits.Truncate("abcd", 2));

    [Fact]
    public void It_is_never_cut_within_a_character() =>
        Assert.Equal("a… (4 characters in total)", TextLimits.Truncate("a😀b", 2));
}
