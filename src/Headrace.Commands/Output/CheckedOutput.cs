using System.Text;

namespace Headrace.Commands.Output;

/// <summary>
/// Standard output that reports a failed write as an <see cref="OutputException"/>. The framework throws the same
/// exceptions for a failed write as for an unreadable input file, but the latter is a user error.
/// </summary>
internal sealed class CheckedOutput(TextWriter output) : TextWriter(output.FormatProvider)
{
    public override Encoding Encoding => output.Encoding;

    public override void Write(char value) => Check(() => output.Write(value));

    public override void Write(char[] buffer, int index, int count) => Check(() => output.Write(buffer, index, count));

    public override void Write(string? value) => Check(() => output.Write(value));

    public override void WriteLine(string? value) => Check(() => output.WriteLine(value));

    public override void Flush() => Check(output.Flush);

    /// <summary>Writes bytes unchanged. The caller must flush the text written so far.</summary>
    public static void WriteBytes(Func<Stream> open, ReadOnlySpan<byte> bytes)
    {
        try
        {
            using var stream = open();
            stream.Write(bytes);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw Failure(failed);
        }
    }

    private static void Check(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw Failure(failed);
        }
    }

    private static OutputException Failure(Exception failed) =>
        new(
            failed is UnauthorizedAccessException
                ? "Standard output is closed."
                : $"Standard output cannot be written: {failed.Message}"
        );
}
