using Headrace.Commands.Output;
using Xunit;

namespace Headrace.Tests.Commands;

public sealed class TableLayoutTests
{
    [Fact]
    public void Ids_states_and_numbers_keep_their_width_in_a_narrow_terminal()
    {
        var output = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal("test", output, TextWriter.Null, true, true) { Width = () => 80 };
        var error = new string('x', 300);

        terminal.WriteTable(
            ["ID", "METHOD", "QUEUE", "SUBMITTED", "ATTEMPT", "WORKER", "STATE", "ERROR"],
            [
                [
                    "1048576",
                    "sleeper@1",
                    "default",
                    "2026-11-29 20:15:00Z",
                    "3",
                    "vm-local-1",
                    "failed (exhausted)",
                    error,
                ],
            ],
            "METHOD",
            "QUEUE",
            "WORKER",
            "ERROR"
        );

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("1048576  ", lines[1], StringComparison.Ordinal);
        Assert.Contains("2026-11-29 20:15:00Z", lines[1], StringComparison.Ordinal);
        Assert.Contains("failed (exhausted)", lines[1], StringComparison.Ordinal);
        Assert.Contains("…", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output.ToString());
    }

    [Fact]
    public void A_table_that_fits_is_not_cut() => Assert.Equal([4, 20], TableLayout.Widths([4, 20], [false, true], 26));

    [Fact]
    public void The_widest_free_text_is_cut_first_and_the_table_then_fits()
    {
        var widths = TableLayout.Widths([4, 10, 200], [false, true, true], 80);

        Assert.Equal([4, 10, 62], widths);
    }

    [Fact]
    public void Without_room_free_text_keeps_a_minimum_and_nothing_else_is_cut() =>
        Assert.Equal(
            [20, TableLayout.MinWidth, 20, TableLayout.MinWidth],
            TableLayout.Widths([20, 30, 20, 40], [false, true, false, true], 30)
        );

    [Theory]
    [InlineData("short", 8, "short   ")]
    [InlineData("exactly8", 8, "exactly8")]
    [InlineData("too long for it", 8, "too lon…")]
    [InlineData("ab😀cd", 4, "ab… ")]
    public void Text_is_filled_or_cut_to_the_width(string text, int width, string expected) =>
        Assert.Equal(expected, TableLayout.Fit(text, width));
}
