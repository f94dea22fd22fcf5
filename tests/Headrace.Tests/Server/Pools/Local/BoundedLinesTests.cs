using Headrace.Server.Pools.Local;
using Xunit;

namespace Headrace.Tests.Server.Pools.Local;

public sealed class BoundedLinesTests
{
    [Fact]
    public async Task Lines_are_returned_without_line_breaks_and_empty_lines_are_skipped() =>
        Assert.Equal(["a", "b", "c"], await ReadAsync("a\r\n\n  \nb\nc"));

    [Fact]
    public async Task An_overlong_line_is_split()
    {
        var pieces = await ReadAsync(new string('x', (2 * BoundedLines.MaxLength) + 7) + "\nrest");

        Assert.Equal([BoundedLines.MaxLength, BoundedLines.MaxLength, 7, 4], pieces.Select(piece => piece.Length));
    }

    private static async Task<List<string>> ReadAsync(string text)
    {
        var lines = new List<string>();
        await foreach (var line in BoundedLines.ReadAsync(new StringReader(text)))
            lines.Add(line);
        return lines;
    }
}
