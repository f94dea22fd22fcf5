using System.CommandLine;
using Headrace.Cli;
using Headrace.Commands;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class HelpTests
{
    [Fact]
    public void Every_command_has_an_example_that_parses()
    {
        var root = CommandLine.Tree();

        var commands = Commands(root).Where(c => !c.Hidden).ToList();

        Assert.NotEmpty(commands);
        Assert.All(
            commands,
            cliCommand =>
            {
                Assert.NotEmpty(cliCommand.Examples);
                foreach (
                    var (line, _) in cliCommand.Examples.Where(e =>
                        e.Line.StartsWith("headrace ", StringComparison.Ordinal)
                    )
                )
                {
                    // Removes any redirection, as a shell does before it starts the program.
                    var parsed = root.Parse(line["headrace ".Length..].Split(" >")[0]);
                    Assert.Empty(parsed.Errors);
                    Assert.Same(cliCommand, parsed.CommandResult.Command);
                }
            }
        );
    }

    [Fact]
    public async Task Help_shows_example_and_exit_codes_and_succeeds()
    {
        var run = await CliProcess.RunAsync("submit", "--help");

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Contains("headrace submit sha512 iterations=1000 --input README.md", run.Out, StringComparison.Ordinal);
        foreach (var (code, text) in ExitCode.Meanings)
            Assert.Contains($"  {code,-4} {text}", run.Out, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Fact]
    public void An_argument_whose_names_are_completed_is_shown_by_its_name() =>
        Assert.All(
            Commands(CommandLine.Tree()).Where(command => command.Name is "run" or "submit" or "show"),
            command =>
                Assert.All(
                    command.Arguments.Where(argument => argument.CompletionSources.Count > 0),
                    argument => Assert.Equal(argument.Name, argument.HelpName)
                )
        );

    [Fact]
    public void Every_command_limits_what_it_lists_with_the_same_option() =>
        Assert.Empty(
            from command in Commands(CommandLine.Tree())
            from option in command.Options
            where option.Name is "--top" or "--max" or "--count" or "--first" or "--last"
            select $"{command.Name} {option.Name}"
        );

    private static IEnumerable<CliCommand> Commands(Command command) =>
        command.Subcommands.SelectMany(c => c is CliCommand cliCommand ? [cliCommand] : Commands(c));
}
