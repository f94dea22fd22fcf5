using Headrace.Bench;
using Xunit;

namespace Headrace.Tests.Bench;

public sealed class ParagraphTests
{
    [Theory]
    [InlineData(60, 1)]
    [InlineData(61, 2)]
    public void Lines_have_at_most_120_columns(int words, int lines)
    {
        // 60 one-letter words and the spaces between them make a line of 119 columns.
        var text = string.Join(' ', Enumerable.Repeat("x", words));

        var wrapped = Paragraph.Wrap(text).Split('\n');

        Assert.Equal(lines, wrapped.Length);
        Assert.All(wrapped, line => Assert.InRange(line.Length, 1, 120));
        Assert.Equal(text, string.Join(' ', wrapped));
    }
}
