using System.Text.Unicode;

namespace Headrace.Commands.Input;

/// <summary>
/// Detects arguments that are not valid UTF-8, such as the name of a file from an old archive. The framework replaces
/// their invalid bytes, so the program would open or create a file with a different name.
/// </summary>
internal static class ArgumentEncoding
{
    private const char Replacement = '\uFFFD';

    /// <summary>The file that contains the arguments of this process as bytes. Only some systems have it.</summary>
    private const string OriginalArguments = "/proc/self/cmdline";

    /// <summary>Returns an error message with the remedy; null if all arguments are valid.</summary>
    public static string? Fault(IEnumerable<string> arguments)
    {
        // A valid argument may contain the replacement character itself, so the original bytes are checked as well.
        if (arguments.FirstOrDefault(argument => argument.Contains(Replacement)) is not { } invalid || IsValid())
            return null;
        return $"The argument '{invalid}' is not valid UTF-8. Rename the file, or let the shell open it: use "
            + "--input - < FILE for an input, and > FILE for a result.";
    }

    private static bool IsValid()
    {
        try
        {
            return Utf8.IsValid(File.ReadAllBytes(OriginalArguments));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
