using System.CommandLine;
using Headrace.Cli;
using Headrace.Commands;
using Headrace.Commands.Input;
using Xunit;

namespace Headrace.Tests.Cli;

public sealed class EmptyValuesTests
{
    [Theory]
    [InlineData("--exec", "results", "pull", "--feed", "f", "--exec", "")]
    [InlineData("--exec", "messages", "pull", "q", "--exec", " ")]
    [InlineData("--feed", "results", "pull", "--feed", "")]
    [InlineData("--queue", "submit", "noop", "--queue", "")]
    [InlineData("--key", "submit", "noop", "--key", "")]
    [InlineData("--tag", "submit", "noop", "--tag", "a", "--tag", "")]
    [InlineData("--input", "submit", "noop", "--input", "")]
    [InlineData("--server", "jobs", "list", "--server", "")]
    [InlineData("--to", "jobs", "move", "--filter", "queue:eu", "--to", "")]
    [InlineData("NAME", "queues", "purge", "")]
    [InlineData("METHOD", "submit", "")]
    [InlineData("RUN", "benchop", "table", "")]
    [InlineData("--data", "methods", "list", "--data", " ")]
    public void An_empty_value_is_named(string name, params string[] line) =>
        Assert.Equal(
            $"{name} is empty. Specify a value; if it is a shell variable, check that it is set.",
            EmptyValues.Fault(Parse(line))
        );

    [Theory]
    [InlineData("jobs", "list", "--filter", "")]
    [InlineData("submit", "noop", "name=")]
    [InlineData("messages", "put", "q", "")]
    [InlineData("results", "pull", "--feed", "f", "--exec", "cat")]
    public void A_value_that_may_be_empty_is_accepted(params string[] line) =>
        Assert.Null(EmptyValues.Fault(Parse(line)));

    /// <summary>Every text option of every command, so that no command forgets the check.</summary>
    [Fact]
    public void Only_a_filter_may_be_an_empty_text()
    {
        var options = All(CommandLine.Tree()).SelectMany(command => command.Options).OfType<EmptiableOption>();

        Assert.Equal(["--filter"], options.Select(option => option.Name).Distinct());
    }

    [Fact]
    public async Task A_command_with_an_empty_value_is_not_started()
    {
        var run = await CliProcess.RunAsync("results", "pull", "--feed", "f", "--exec", "");

        Assert.Equal((ExitCode.Usage, ""), (run.Code, run.Out));
        Assert.StartsWith("headrace: --exec is empty. ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_filter_is_marked_on_lines_of_its_own()
    {
        var run = await CliProcess.RunAsync("jobs", "list", "--filter", "tag:\u001b[31m stat:failed");

        Assert.Equal(ExitCode.Usage, run.Code);
        var lines = run.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.StartsWith(
            "headrace: --filter: There is no filter qualifier 'stat'.",
            lines[0],
            StringComparison.Ordinal
        );
        Assert.EndsWith(" See: headrace jobs list --help", lines[0], StringComparison.Ordinal);
        Assert.Equal("  tag: [31m stat:failed", lines[1]);
        Assert.Equal("            ^^^^", lines[2]);
    }

    [Fact]
    public async Task A_line_break_in_an_argument_does_not_forge_a_message()
    {
        var run = await CliProcess.RunAsync("jobs", "list", "--limit", "x\nheadrace: All jobs have been deleted.");

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Single(run.Error.Split('\n'), line => line.StartsWith("headrace: ", StringComparison.Ordinal));
    }

    private static ParseResult Parse(string[] line)
    {
        var parsed = CommandLine.Tree().Parse(line);
        Assert.Empty(parsed.Errors);
        return parsed;
    }

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
