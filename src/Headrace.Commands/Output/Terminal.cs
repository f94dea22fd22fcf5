using System.Text;
using Headrace.Client;
using Headrace.Protocol.Local;

namespace Headrace.Commands.Output;

/// <summary>
/// Standard output for data and standard error for messages. Tables and progress bars are drawn only on a terminal.
/// Every text passes through <see cref="TerminalText"/>, because names, errors and logs come from other programs.
/// </summary>
public sealed class Terminal(
    string program,
    TextWriter output,
    TextWriter error,
    bool outputIsTerminal,
    bool errorIsTerminal
)
{
    /// <summary>The width assumed for a terminal that does not report one.</summary>
    private const int DefaultWidth = 80;

    /// <summary>The streams of this process. Each error message begins with the name of the program.</summary>
    public static Terminal ForProcess(string program) =>
        new(
            program,
            new CheckedOutput(Console.Out),
            StandardError.Open(),
            !Console.IsOutputRedirected,
            !Console.IsErrorRedirected
        );

    /// <summary>Whether standard output is a terminal, in which case tables can be drawn.</summary>
    public bool OutputIsTerminal { get; } = outputIsTerminal;

    /// <summary>Whether standard error is a terminal, in which case a progress bar can be drawn.</summary>
    public bool ErrorIsTerminal { get; } = errorIsTerminal;

    /// <summary>Gets or sets the function that returns the table width; by default, the terminal width.</summary>
    internal Func<int> Width { get; init; } = ConsoleWidth;

    /// <summary>Gets or sets the function that opens standard output for writing bytes.</summary>
    internal Func<Stream> OpenOutput { get; init; } = Console.OpenStandardOutput;

    /// <summary>Standard output for text that this program composed itself, such as help pages.</summary>
    internal TextWriter Out { get; } = output;

    /// <summary>Standard error for text that this program composed itself.</summary>
    internal TextWriter Error { get; } = error;

    /// <summary>
    /// Writes one line of data and flushes the output, so that a reader can process the line immediately.
    /// </summary>
    public void WriteLine(string text)
    {
        Out.WriteLine(TerminalText.OneLine(text));
        Out.Flush();
    }

    /// <summary>Writes multiple lines of data.</summary>
    public void WriteLines(string text)
    {
        Out.WriteLine(TerminalText.Lines(text));
        Out.Flush();
    }

    /// <summary>Writes one line of data that consists of several values, separated by tabs.</summary>
    public void WriteRow(params IEnumerable<string> cells)
    {
        Out.WriteLine(string.Join('\t', cells.Select(TerminalText.OneLine)));
        Out.Flush();
    }

    public void WriteNote(string message) => StandardError.WriteLine(Error, TerminalText.OneLine(message));

    public void WriteError(string message) => WriteNote($"{program}: {message}");

    /// <summary>
    /// Writes an error and the lines that explain it. These lines are indented, so that no text from outside that
    /// contains a line break can pass for a message of its own.
    /// </summary>
    public void WriteError(string message, IReadOnlyList<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        WriteError(message);
        foreach (var line in lines)
            WriteNote("  " + line);
    }

    public void WriteError(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (failure is UsageException { Messages: var messages })
        {
            foreach (var message in messages)
                WriteError(message);
            return;
        }
        WriteError(
            failure switch
            {
                HeadraceProblemException { RetryAfter: { } after } full =>
                    $"{full.Message} Try again in {Math.Ceiling(after.TotalSeconds):0} s.",
                _ => failure.Message,
            }
        );
    }

    /// <summary>
    /// Writes bytes to standard output unchanged. On a terminal, replaces control characters, because they could move
    /// the cursor or forge lines, and adds a final line break.
    /// </summary>
    public void WriteBytes(ReadOnlyMemory<byte> bytes)
    {
        Out.Flush();
        CheckedOutput.WriteBytes(OpenOutput, OutputIsTerminal ? Printable(bytes.Span) : bytes.Span);
    }

    private static byte[] Printable(ReadOnlySpan<byte> bytes)
    {
        var text = TerminalText.Lines(Encoding.UTF8.GetString(bytes));
        return Encoding.UTF8.GetBytes(text.Length > 0 && !text.EndsWith('\n') ? text + "\n" : text);
    }

    /// <summary>Writes rows as a table if the output is a terminal, and as tab-separated lines otherwise.</summary>
    /// <param name="headings">The headings of the columns. Tab-separated lines have no headings.</param>
    /// <param name="rows">The rows.</param>
    public void WriteTable(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(headings);
        ArgumentNullException.ThrowIfNull(rows);
        if (!OutputIsTerminal)
        {
            foreach (var row in rows)
                WriteRow(row);
            return;
        }
        List<IReadOnlyList<string>> cells = [.. rows.Select(row => row.Select(TerminalText.OneLine).ToList())];
        var widths = TableLayout.Widths(headings, cells, Width());
        foreach (var line in cells.Prepend(headings))
            Out.WriteLine(
                string.Join(
                        new string(' ', TableLayout.Gap),
                        line.Select((cell, i) => TableLayout.Fit(cell, widths[i]))
                    )
                    .TrimEnd()
            );
        Out.Flush();
    }

    /// <summary>
    /// Prevents the framework from switching the terminal to another keyboard mode. The framework does so when the
    /// console is first used, and it never switches back. It reads the escape codes only once, from the terminal
    /// description named by TERM, so this method hides TERM during that read. Call this method before any other use of
    /// the console.
    /// </summary>
    public static void KeepKeyboardMode()
    {
        var name = Environment.GetEnvironmentVariable("TERM");
        Environment.SetEnvironmentVariable("TERM", null);
        // Reading the width makes the framework read the description. Using Console.Out alone does not.
        _ = ConsoleWidth();
        _ = Console.Out;
        Environment.SetEnvironmentVariable("TERM", name);
    }

    private static int ConsoleWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : DefaultWidth;
        }
        catch (Exception unknown) when (unknown is IOException or PlatformNotSupportedException)
        {
            return DefaultWidth;
        }
    }
}
