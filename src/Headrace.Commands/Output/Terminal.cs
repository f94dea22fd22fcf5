using System.Text;
using Headrace.Client;
using Spectre.Console;

namespace Headrace.Commands.Output;

/// <summary>
/// Standard output for data and standard error for messages. Tables and progress bars are drawn only on a terminal.
/// </summary>
public sealed class Terminal(
    string program,
    TextWriter output,
    TextWriter error,
    bool outputIsTerminal,
    bool errorIsTerminal
)
{
    /// <summary>The streams of this process. Each error message begins with the name of the program.</summary>
    public static Terminal ForProcess(string program) =>
        new(program, Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected);

    /// <summary>Whether standard output is a terminal, so that tables can be drawn.</summary>
    public bool OutputIsTerminal { get; } = outputIsTerminal;

    /// <summary>
    /// Whether standard error is a terminal, so that a progress bar can be drawn while no data is written.
    /// </summary>
    public bool ErrorIsTerminal { get; } = errorIsTerminal;

    public TextWriter Out { get; } = output;

    /// <summary>
    /// Writes one line of data and flushes it, so that a program that reads the output can process it immediately.
    /// </summary>
    public void WriteLine(string text)
    {
        Out.WriteLine(text);
        Out.Flush();
    }

    public void WriteNote(string message) => error.WriteLine(message);

    public void WriteError(string message) => error.WriteLine($"{program}: {message}");

    public void WriteError(Exception failure)
    {
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
    /// Writes bytes to standard output unchanged. On a terminal, removes control characters, which could move the
    /// cursor or forge lines, and ends the text with a line break.
    /// </summary>
    public async Task WriteBytesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await Out.FlushAsync(cancellationToken);
        await using var stream = Console.OpenStandardOutput();
        if (!OutputIsTerminal)
        {
            await stream.WriteAsync(bytes, cancellationToken);
            return;
        }
        await stream.WriteAsync(Printable(bytes.Span), cancellationToken);
    }

    private static byte[] Printable(ReadOnlySpan<byte> bytes)
    {
        var text = string.Concat(Encoding.UTF8.GetString(bytes).Where(c => !char.IsControl(c) || c is '\n' or '\t'));
        return Encoding.UTF8.GetBytes(text.Length > 0 && !text.EndsWith('\n') ? text + "\n" : text);
    }

    /// <summary>Writes rows as a table on a terminal, otherwise as tab-separated lines.</summary>
    public void WriteTable(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (!OutputIsTerminal)
        {
            foreach (var row in rows)
                WriteLine(string.Join('\t', row.Select(ToSingleLine)));
            return;
        }
        var table = new Table().Border(TableBorder.None);
        foreach (var heading in headings)
            table.AddColumn(new TableColumn($"[bold]{Markup.Escape(heading)}[/]").NoWrap());
        foreach (var row in rows)
            table.AddRow([.. row.Select(cell => new Text(ToSingleLine(cell)))]);
        AnsiConsole.Write(table);
    }

    /// <summary>
    /// Converts text of unknown origin to a single line, because a line break or tab would break the output format.
    /// </summary>
    public static string ToSingleLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
}
