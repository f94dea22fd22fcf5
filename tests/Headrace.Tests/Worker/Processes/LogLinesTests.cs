using System.Text;
using Headrace.Worker.Processes;
using Xunit;

namespace Headrace.Tests.Worker.Processes;

public sealed class LogLinesTests
{
    private readonly List<string> _entries = [];
    private readonly LogLines _lines;

    public LogLinesTests() => _lines = new LogLines(lines => _entries.Add(Encoding.UTF8.GetString(lines)));

    [Fact]
    public void Lines_that_arrive_together_share_an_entry_and_an_incomplete_line_waits()
    {
        Add("one\ntwo\nthr");
        Add("ee\n");
        Add("four");
        _lines.End();

        Assert.Equal(["one\ntwo", "three", "four"], _entries);
        Assert.Equal("four", _lines.LastLine);
    }

    [Fact]
    public void A_flood_becomes_entries_of_bounded_size_and_loses_nothing()
    {
        var text = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"line {i}\n"));

        foreach (var part in text.Chunk(1_234))
            Add(new string(part));
        _lines.End();

        Assert.Equal(text.TrimEnd('\n'), string.Join('\n', _entries));
        Assert.InRange(_entries.Max(entry => entry.Length), 1, LogLines.MaxEntry);
    }

    [Fact]
    public void A_line_that_is_too_long_is_divided_between_characters()
    {
        var line = string.Concat(Enumerable.Repeat("ü€", 3_000));

        Add(line);
        _lines.End();

        Assert.Equal(line, string.Concat(_entries));
        Assert.InRange(_entries.Count, 3, 5);
    }

    [Theory]
    [InlineData("reason\n-----\n", "reason")]
    [InlineData("reason\n\n ===== \n\n", "reason")]
    [InlineData("reason\n", "reason", "-----\n", "*****")]
    [InlineData("one\ntwo\n~~~\n", "two")]
    [InlineData("один\n---\n", "один")]
    [InlineData("-----\n", "")]
    public void A_line_that_only_separates_text_is_not_the_last_line(string text, string last, params string[] more)
    {
        Add(text);
        foreach (var part in more)
            Add(part);
        _lines.End();

        Assert.Equal(last, _lines.LastLine);
    }

    private void Add(string text) => _lines.Add(Encoding.UTF8.GetBytes(text));
}
