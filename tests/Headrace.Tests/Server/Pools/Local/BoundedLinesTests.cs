using Headrace.Server.Pools.Local;
using Xunit;

namespace Headrace.Tests.Server.Pools.Local;

public sealed class BoundedLinesTests
{
    [Fact]
    public async Task Lines_come_without_their_ends_and_empty_ones_not_at_all() =>
        Assert.Equal(["a", "b", "c"], await ReadAsync("a\r\n\n  \nb\nc"));

    [Fact]
    public async Task An_endless_line_comes_in_pieces()
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
