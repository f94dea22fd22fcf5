using System.CommandLine;
using System.Text.RegularExpressions;
using Headrace.Cli;
using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Docs;

/// <summary>
/// Parses the commands that the documents mention in running text and tables. Other tests run the commands in code
/// blocks.
/// </summary>
public sealed partial class CommandsInTextTests
{
    private static readonly RootCommand Root = CommandLine.Tree();

    public static TheoryData<string> Pages =>
        ["README.md", .. Repository.Files("docs", "*.md").Where(page => !page.Contains("decisions/", Ordinal))];

    private static StringComparison Ordinal => StringComparison.Ordinal;

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_in_the_text_of_a_page_parses(string page) =>
        Assert.Empty(Commands(Repository.Read(page)).Select(Fault).OfType<string>());

    [Fact]
    public void The_command_of_the_unit_for_systemd_parses()
    {
        var unit = Assert.Single(CodeBlock.In(Repository.Read("docs/operations.md")), block => block.Info == "ini");
        var start = Assert.Single(unit.Text.Split('\n'), line => line.StartsWith("ExecStart=", Ordinal));

        var parsed = Root.Parse(start[(start.IndexOf(' ', Ordinal) + 1)..]);

        Assert.Empty(parsed.Errors);
        Assert.Equal("up", parsed.CommandResult.Command.Name);
    }

    [Fact]
    public void Commands_are_found_in_text_and_in_tables_and_faults_are_named()
    {
        const string Text = """
            Use `jobs list
            state:failed`, or not `headrace wait 4`, and `the rest`.
            | `headrace jobs lost` | `./headrace submit sha512 --inptu FILE | cat` | `up` | `workers logs NAME [-f]` |

            ```sh
            headrace nothing
            ```
            """;

        var commands = Commands(Text).ToList();

        Assert.Equal(
            [
                "jobs list state:failed",
                "wait 4",
                "jobs lost",
                "submit sha512 --inptu FILE",
                "up",
                "workers logs NAME -f",
            ],
            commands
        );
        Assert.Equal(
            ["jobs list state:failed", "jobs lost", "submit sha512 --inptu FILE"],
            commands.Where(command => Fault(command) is not null)
        );
    }

    /// <summary>Returns the commands in the code spans of a page, without the program name.</summary>
    private static IEnumerable<string> Commands(string markdown) =>
        from Match span in CodeSpan().Matches(CodeFence().Replace(markdown, ""))
        let text = WhiteSpace().Replace(span.Groups[1].Value, " ")
        let named = Program().Replace(text, "")
        where named.Length < text.Length || Root.Subcommands.Any(command => command.Name == named.Split(' ')[0])
        select ShellSyntax().Replace(named, "").Replace('\'', '"').Replace("[", "", Ordinal).Replace("]", "", Ordinal);

    /// <summary>Returns a description of what is wrong with a command; null if its words and options exist.</summary>
    private static string? Fault(string command)
    {
        var parsed = Root.Parse(command);
        var unknown = parsed.UnmatchedTokens.Concat(
            parsed.CommandResult.Tokens.Select(token => token.Value).Where(IsOption)
        );
        return unknown.FirstOrDefault() is { } word ? $"'{command}': {word} is unknown" : null;
    }

    private static bool IsOption(string word) => word.StartsWith("--", Ordinal);

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeFence();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    [GeneratedRegex(@"^(\./)?headrace ")]
    private static partial Regex Program();

    /// <summary>
    /// Matches the part of a line that a shell handles: everything from the first pipe or redirection.
    /// </summary>
    [GeneratedRegex(@" (\||>|<|&&|\|\|) .*$")]
    private static partial Regex ShellSyntax();
}
