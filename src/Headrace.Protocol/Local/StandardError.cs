namespace Headrace.Protocol.Local;

/// <summary>
/// Writes messages to standard error. A program must not fail because its messages cannot be written: standard error
/// may be closed, be a pipe that nobody reads, or be redirected to a full disk.
/// </summary>
public static class StandardError
{
    /// <summary>
    /// Returns the standard error stream of this process; a writer that discards everything if there is none.
    /// </summary>
    public static TextWriter Open()
    {
        try
        {
            return Console.Error;
        }
        catch (Exception closed) when (IsLost(closed))
        {
            return TextWriter.Null;
        }
    }

    /// <summary>Writes a message of one or more lines that may contain texts from other programs.</summary>
    public static void WriteLine(string message) => WriteLine(Open(), message);

    /// <summary>Writes a message to the given stream. A failure is ignored, because it cannot be reported.</summary>
    public static void WriteLine(TextWriter stream, string message)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            stream.WriteLine(TerminalText.Lines(message));
        }
        catch (Exception lost) when (IsLost(lost)) { }
    }

    /// <summary>
    /// Returns whether the exception says that a stream cannot be written. The framework throws an
    /// <see cref="UnauthorizedAccessException"/> if the descriptor is closed.
    /// </summary>
    private static bool IsLost(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or ObjectDisposedException;
}
