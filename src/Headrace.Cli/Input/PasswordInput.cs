using Headrace.Commands;

namespace Headrace.Cli.Input;

/// <summary>
/// Reads a password from the terminal without showing it, or from the first line of standard input. A password is never
/// a command-line option, because other users of the machine can read the arguments of a process.
/// </summary>
internal static class PasswordInput
{
    /// <summary>Reads a password. On a terminal, a new password is entered twice.</summary>
    public static string Read(CommandContext context, string prompt, bool isNew)
    {
        if (Console.IsInputRedirected)
            return Console.In.ReadLine() is { Length: > 0 } line
                ? line
                : throw new UsageException(
                    "A password is missing from standard input. Write each password on a separate line."
                );
        var password = Prompt(context, prompt);
        return !isNew || Prompt(context, "The same password again: ") == password
            ? password
            : throw new UsageException("The two passwords differ. Try again.");
    }

    private static string Prompt(CommandContext context, string prompt)
    {
        // The prompt is written even with --quiet, because the command waits for the user's input.
        context.Terminal.WriteNote(prompt);
        var text = new System.Text.StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
                text.Length = Math.Max(0, text.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                text.Append(key.KeyChar);
        }
        return text.Length > 0 ? text.ToString() : throw new UsageException("The password is empty. Try again.");
    }
}
