using System.CommandLine;
using System.CommandLine.Parsing;

namespace Headrace.Commands.Input;

/// <summary>
/// Finds values that consist of spaces only. Such a value is nearly always a shell variable that is not set, and a
/// command that ignored it would do something other than what was asked.
/// </summary>
public static class EmptyValues
{
    /// <summary>Returns what is wrong with the command line; null if no value is empty.</summary>
    public static string? Fault(ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult command; at = at.Parent)
            foreach (var child in command.Children)
                if (NameOf(child) is { } name && child.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
                    return $"{name} is empty. Specify a value; if it is a shell variable, check that it is set.";
        return null;
    }

    /// <summary>
    /// Returns the name of an option or argument; null if its values may be empty, such as those of the arguments that
    /// are passed on to another program.
    /// </summary>
    private static string? NameOf(SymbolResult result) =>
        result switch
        {
            OptionResult { Option: not EmptiableOption } option => option.Option.Name,
            ArgumentResult { Argument: { } argument } when argument.ValueType == typeof(string) => argument.Name,
            _ => null,
        };
}

/// <summary>An option for which an empty text has a meaning of its own.</summary>
public sealed class EmptiableOption(string name) : Option<string?>(name);
