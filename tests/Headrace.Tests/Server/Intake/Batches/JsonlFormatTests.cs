using System.Buffers;
using System.Text;
using Headrace.Server.Intake;
using Headrace.Server.Intake.Batches;
using Xunit;

namespace Headrace.Tests.Server.Intake.Batches;

public sealed class JsonlFormatTests
{
    [Theory]
    [InlineData("a\nb\n", "1:a 2:b")]
    [InlineData("a\nb", "1:a 2:b")]
    [InlineData("a\r\n\n \t\r\nb\n\n", "1:a\r 4:b")]
    [InlineData("", "")]
    [InlineData("\n\n", "")]
    public void Lines_are_read_with_their_numbers_and_blank_lines_are_skipped(string text, string lines) =>
        Assert.Equal(lines, Lines(text, Math.Max(1, text.Length)));

    [Fact]
    public void The_lines_do_not_depend_on_how_the_bytes_are_split()
    {
        const string Text = "first line\nsecond\n\nfourth\nlast";
        for (var piece = 1; piece < Text.Length; piece++)
            Assert.Equal("1:first line 2:second 4:fourth 5:last", Lines(Text, piece));
    }

    [Theory]
    [InlineData(1 << 16)]
    [InlineData(int.MaxValue)]
    public void A_line_that_is_too_long_is_rejected_once_and_the_next_line_is_read(int piece)
    {
        var text = $"a\n{new string('x', (3 * JobRequestReader.MaxBytes) + 1)}\nb\n";

        Assert.Equal("1:a 2!Line 2 exceeds the limit of 2097152 bytes per line. 3:b", Lines(text, piece));
    }

    [Fact]
    public void A_last_line_that_is_too_long_is_rejected_once() =>
        Assert.Equal(
            "1!Line 1 exceeds the limit of 2097152 bytes per line.",
            Lines(new string('x', (2 * JobRequestReader.MaxBytes) + 5), 1 << 16)
        );

    [Fact]
    public void A_line_of_exactly_the_maximum_length_is_accepted()
    {
        var line = new string('x', JobRequestReader.MaxBytes);

        Assert.Equal($"1:{line} 2:b", Lines($"{line}\nb", 1 << 16));
    }

    /// <summary>
    /// Passes the text in pieces, as a pipe does. Data that has not been consumed is passed again together with the
    /// next piece.
    /// </summary>
    private static string Lines(string text, int piece)
    {
        var format = new JsonlFormat();
        var bytes = Encoding.UTF8.GetBytes(text);
        var seen = new List<string>();
        var (taken, arrived) = (0, 0);
        bool completed;
        do
        {
            arrived = (int)Math.Min(bytes.Length, (long)arrived + piece);
            completed = arrived == bytes.Length;
            var buffer = new ReadOnlySequence<byte>(bytes, taken, arrived - taken);
            while (format.TryTake(ref buffer, completed, out var frame))
                seen.Add(
                    frame.Problem is { } problem
                        ? $"{frame.Line}!{problem.Detail}"
                        : $"{frame.Line}:{Encoding.UTF8.GetString(frame.Bytes)}"
                );
            taken = arrived - (int)buffer.Length;
        } while (!completed);
        Assert.Equal(bytes.Length, taken);
        return string.Join(' ', seen);
    }
}
