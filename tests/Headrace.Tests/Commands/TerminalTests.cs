using System.Text;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Local;
using Xunit;

namespace Headrace.Tests.Commands;

public sealed class TerminalTests
{
    private const string Hostile = "a\u001b]0;pwned\u0007\r\nb\t99\u202ec\u009b31m\u2028d";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_control_character_of_data_or_messages_reaches_the_output(bool isTerminal)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var terminal = new Terminal("test", output, error, isTerminal, isTerminal) { Width = () => 80 };

        terminal.WriteLine(Hostile);
        terminal.WriteRow(Hostile, Hostile);
        terminal.WriteTable(
            ["A", "B"],
            [
                [Hostile, Hostile],
            ]
        );
        terminal.WriteNote(Hostile);
        terminal.WriteError(Hostile);
        terminal.WriteError(new HeadraceFailure(Hostile));

        foreach (var text in (string[])[output.ToString(), error.ToString()])
            Assert.DoesNotContain(
                text,
                c => c is not '\n' and not '\t' && (char.IsControl(c) || c is '\u202e' or '\u2028')
            );
        Assert.Equal(isTerminal ? 4 : 3, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(3, error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData(true, "a ]0;pwned  \nb\t99 c 31md\n")]
    [InlineData(false, "a\u001b]0;pwned\u0007\r\nb\t99\u202ec\u009b31md")]
    public void Results_and_logs_are_written_unchanged_except_on_a_terminal(bool isTerminal, string expected)
    {
        const string Content = "a\u001b]0;pwned\u0007\r\nb\t99\u202ec\u009b31md";
        using var bytes = new MemoryStream();
        var terminal = new Terminal("test", TextWriter.Null, TextWriter.Null, isTerminal, isTerminal)
        {
            OpenOutput = () => bytes,
        };

        terminal.WriteBytes(Encoding.UTF8.GetBytes(Content));

        Assert.Equal(expected, Encoding.UTF8.GetString(bytes.ToArray()));
    }

    [Fact]
    public void Bytes_that_are_no_text_reach_a_pipe_unchanged_and_a_terminal_without_control_characters()
    {
        var content = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        using var piped = new MemoryStream();
        using var shown = new MemoryStream();

        new Terminal("test", TextWriter.Null, TextWriter.Null, false, false) { OpenOutput = () => piped }.WriteBytes(
            content
        );
        new Terminal("test", TextWriter.Null, TextWriter.Null, true, true) { OpenOutput = () => shown }.WriteBytes(
            content
        );

        Assert.Equal(content, piped.ToArray());
        Assert.DoesNotContain(
            Encoding.UTF8.GetString(shown.ToArray()),
            c => c is not '\n' and not '\t' && char.IsControl(c)
        );
    }

    [Fact]
    public void A_row_has_one_tab_between_two_values_whatever_they_contain()
    {
        var output = new StringWriter { NewLine = "\n" };

        new Terminal("test", output, TextWriter.Null, false, false).WriteRow("1", "a\n99\tforged");

        Assert.Equal("1\ta 99 forged\n", output.ToString());
    }

    [Fact]
    public void Text_of_several_lines_keeps_its_lines_and_tabs() =>
        Assert.Equal("a\n\tb [31mc", TerminalText.Lines("a\n\tb\u001b[31mc"));

    [Fact]
    public void Output_that_cannot_be_written_is_reported_as_such_and_a_message_that_cannot_be_written_is_dropped()
    {
        var terminal = new Terminal("test", new CheckedOutput(new FullWriter()), new FullWriter(), false, false);

        var failed = Assert.Throws<OutputException>(() => terminal.WriteLine("data"));
        terminal.WriteNote("message");

        Assert.Contains("No space left", failed.Message, StringComparison.Ordinal);
        Assert.Equal(74, ExitCode.FromException(failed));
    }

    private sealed class HeadraceFailure(string message) : Exception(message);

    private sealed class FullWriter : StringWriter
    {
        public override void Write(char value) => throw new IOException("No space left on device");

        public override void Write(string? value) => throw new IOException("No space left on device");

        public override void WriteLine(string? value) => throw new IOException("No space left on device");
    }
}
