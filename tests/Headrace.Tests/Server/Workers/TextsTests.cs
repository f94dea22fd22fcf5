using Headrace.Server.Workers;
using Xunit;

namespace Headrace.Tests.Server.Workers;

public sealed class TextsTests
{
    [Fact]
    public void A_text_within_the_limit_is_unchanged() => Assert.Equal("abc", TextLimits.Truncate("abc", 3));

    [Fact]
    public void A_longer_text_is_truncated_and_states_its_original_length() =>
        Assert.Equal("ab… (4 characters in total)", TextLimits.Truncate("abcd", 2));

    [Fact]
    public void A_text_is_never_cut_within_a_character() =>
        Assert.Equal("a… (4 characters in total)", TextLimits.Truncate("a😀b", 2));
}
