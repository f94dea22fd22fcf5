using Headrace.Core.Results;
using Headrace.Server.Results;
using Xunit;

namespace Headrace.Tests.Server.Results;

public sealed class CursorTextTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(0x3FFBEFBEFBEFBEFB)]
    public void A_cursor_needs_no_escaping_in_a_url(long key)
    {
        var text = CursorText.Write(new Cursor(key));

        Assert.Equal(text, Uri.EscapeDataString(text));
        Assert.True(CursorText.Read(text).TryGet(out var cursor, out _));
        Assert.Equal(new Cursor(key), cursor);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_cursor_a_list_begins_at_its_start(string? text)
    {
        Assert.True(CursorText.Read(text).TryGet(out var cursor, out _));
        Assert.Equal(Cursor.Start, cursor);
    }

    [Theory]
    [InlineData("42")]
    [InlineData("=")]
    [InlineData("not a cursor")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA")]
    public void An_invalid_cursor_is_rejected(string text)
    {
        Assert.False(CursorText.Read(text).TryGet(out _, out var problem));
        Assert.Equal(
            $"after={text} is not a valid cursor. Use the value of 'next' from the previous page.",
            problem.Detail
        );
    }
}
