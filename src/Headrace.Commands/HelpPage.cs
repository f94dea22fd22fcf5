using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;

namespace Headrace.Commands;

/// <summary>The standard help page, followed by the examples of the command and the exit codes.</summary>
public sealed class HelpPage(HelpAction standard) : SynchronousCommandLineAction
{
    /// <summary>
    /// Installs this page as the <c>--help</c> output of every command below <paramref name="root"/>.
    /// </summary>
    public static void Attach(Command root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            // These forms are customary only on Windows, and shell completion would otherwise suggest them.
            option.Aliases.Remove("/h");
            option.Aliases.Remove("/?");
            if (option.Action is HelpAction standard)
                option.Action = new HelpPage(standard);
        }
    }

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = standard.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is CliCommand { Examples.Count: > 0 } cliCommand)
        {
            output.WriteLine(cliCommand.Examples.Count == 1 ? "Example:" : "Examples:");
            foreach (var (line, effect) in cliCommand.Examples)
            {
                output.WriteLine($"  {line}");
                output.WriteLine($"      {effect}");
            }
            output.WriteLine();
        }
        output.WriteLine("Exit codes:");
        foreach (var (number, text) in ExitCode.Meanings)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {number,-4} {text}"));
        return code;
    }
}
