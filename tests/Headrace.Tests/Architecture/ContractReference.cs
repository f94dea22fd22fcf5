using System.CommandLine;
using System.Text.RegularExpressions;
using Headrace.Cli;

namespace Headrace.Tests.Architecture;

/// <summary>
/// Collects the names that docs/contract.md lists and the names that the code defines, in a comparable form.
/// </summary>
internal static partial class ContractReference
{
    public static readonly string Text = Repository.Read("docs/contract.md");

    /// <summary>Returns the path of every visible command that can be executed, such as <c>jobs list</c>.</summary>
    public static IEnumerable<string> Commands(Command parent, string prefix = "") =>
        parent
            .Subcommands.Where(command => !command.Hidden)
            .SelectMany(command =>
                Commands(command, $"{prefix}{command.Name} ")
                    .Concat(command.Action is null ? [] : [$"{prefix}{command.Name}"])
            );

    /// <summary>Returns the command that has this path.</summary>
    public static Command Find(string path) =>
        path.Split(' ')
            .Aggregate(
                (Command)CommandLine.Tree(),
                (at, name) => at.Subcommands.Single(command => command.Name == name)
            );

    public static IEnumerable<string> Options(Command command) =>
        command.Options.Where(option => !option.Hidden).Select(option => option.Name);

    /// <summary>
    /// Returns the environment variable of a setting: <c>HEADRACE_QUEUES__JOBS</c> for <c>queues:jobs</c>.
    /// </summary>
    public static string Variable(string setting) =>
        "HEADRACE_" + setting.ToUpperInvariant().Replace(":", "__", StringComparison.Ordinal);

    /// <summary>
    /// Returns the environment variables whose names occur as string literals in the source code of the product. The
    /// variables of the benchmarks are excluded.
    /// </summary>
    public static IEnumerable<string> VariablesInCode() =>
        Repository
            .Files("src", "*.cs")
            .Concat(Repository.Files("apps", "*.cs"))
            .Where(file => !file.Contains("/Bench/", StringComparison.Ordinal))
            .SelectMany(file => QuotedVariable().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value))
            .Distinct();

    public static IEnumerable<string> VariablesInText() =>
        Variable().Matches(Text).Select(match => match.Value).Distinct();

    /// <summary>Returns the names that are in backticks in a table cell.</summary>
    public static IEnumerable<string> Names(string cell) => Code().Matches(cell).Select(match => match.Groups[1].Value);

    [GeneratedRegex("\"((?:HEADRACE|XDG)_[A-Z][A-Z_]*)\"")]
    private static partial Regex QuotedVariable();

    [GeneratedRegex("(?:HEADRACE|XDG)_[A-Z][A-Z_]*")]
    private static partial Regex Variable();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
