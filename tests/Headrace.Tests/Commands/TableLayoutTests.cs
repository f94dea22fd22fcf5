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
            ]
        );

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("1048576  ", lines[1], StringComparison.Ordinal);
        Assert.Contains("2026-11-29 20:15:00Z", lines[1], StringComparison.Ordinal);
        Assert.Contains("failed (exhausted)", lines[1], StringComparison.Ordinal);
        Assert.Contains("…", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output.ToString());
    }

    /// <summary>Uses the narrowest terminal, so that all text that can be truncated is truncated.</summary>
    [Theory]
    [InlineData("42")]
    [InlineData("-3.5")]
    [InlineData("1.4E-5")]
    [InlineData("1048576")]
    [InlineData("12.5 MB")]
    [InlineData("3d, 2.0 GB")]
    [InlineData("2026-11-29 20:15:00Z")]
    [InlineData("2 h 5 min")]
    [InlineData("0 to 4")]
    [InlineData("succeeded")]
    [InlineData("failed (exhausted)")]
    [InlineData("failed (too-large)")]
    [InlineData("paused, draining, no room for results")]
    [InlineData("-")]
    public void No_id_number_time_or_state_is_cut_whatever_the_column_is_called(string exact)
    {
        var cells =
            (IReadOnlyList<IReadOnlyList<string>>)
                [
                    ["name-of-a-row-that-is-long", exact, exact],
                    ["b", exact, new string('x', 100)],
                ];

        var widths = TableLayout.Widths(["NAME", "A", "MESSAGE"], cells, 1);

        Assert.Equal(26, widths[0]);
        Assert.Equal(exact.Length, widths[1]);
        Assert.Equal(Math.Max(exact.Length, TableLayout.MinWidth), widths[2]);
    }

    [Fact]
    public void A_table_that_fits_is_not_cut() =>
        Assert.Equal(
            [4, 20],
            TableLayout.Widths(
                ["A", "B"],
                [
                    ["name", "Words of twenty char"],
                ],
                26
            )
        );

    [Fact]
    public void The_widest_text_is_cut_first_and_the_table_then_fits()
    {
        var row = (string[])["name", "eu-west-10", new string('x', 200)];

        Assert.Equal([4, 10, 62], TableLayout.Widths(["A", "B", "C"], [row], 80));
    }

    [Fact]
    public void Without_room_text_keeps_a_minimum_and_nothing_else_is_cut() =>
        Assert.Equal(
            [20, TableLayout.MinWidth, 20, TableLayout.MinWidth],
            TableLayout.Widths(
                ["A", "B", "C", "D"],
                [
                    [new string('a', 20), new string('X', 30), "2026-11-29 20:15:00Z", new string('Y', 40)],
                ],
                30
            )
        );

    [Theory]
    [InlineData("short", 8, "short   ")]
    [InlineData("exactly8", 8, "exactly8")]
    [InlineData("too long for it", 8, "too lon…")]
    [InlineData("ab😀cd", 4, "ab… ")]
    public void Text_is_filled_or_cut_to_the_width(string text, int width, string expected) =>
        Assert.Equal(expected, TableLayout.Fit(text, width));
}
