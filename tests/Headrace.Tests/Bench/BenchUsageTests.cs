using Headrace.Bench;
using Headrace.Commands;
using Headrace.Tests.Cli;
using Xunit;

namespace Headrace.Tests.Bench;

public sealed class BenchUsageTests
{
    [Theory]
    [InlineData("", "'bench/run' requires a command. Available commands: chaos, recovery, retention, bulk,")]
    [InlineData("frob", "'bench/run' has no command 'frob'. Available commands: chaos, recovery, retention, bulk,")]
    [InlineData("noop --frob", "--frob")]
    [InlineData("noop --rounds many --count 1", "--rounds 'many' is not valid: specify a whole number.")]
    [InlineData("chaos --for 1s", "Specify at least 10s.")]
    [InlineData("slow-disk --for 30s", "Specify at least twice the lease duration of 30s.")]
    [InlineData("sha512 --iterations 0", "--iterations is 0, but must be at least 1.")]
    [InlineData("sha512 --iterations 1000 --no-service", "--iterations measures only the service.")]
    public async Task Invalid_usage_gives_exit_code_2_and_one_line_with_the_given_value(string line, string message)
    {
        var run = await CliProcess.RunBenchAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.StartsWith("bench/run: ", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.Empty(run.Out);
        Assert.Equal(ExitCode.Usage, run.Code);
    }

    [Fact]
    public void Every_command_has_an_example_that_parses()
    {
        var root = BenchCommandLine.Tree();
        var commands = root.Subcommands.OfType<CliCommand>().Where(command => !command.Hidden).ToList();

        Assert.NotEmpty(commands);
        Assert.All(
            commands,
            command =>
            {
                Assert.NotEmpty(command.Examples);
                foreach (var (line, _) in command.Examples)
                {
                    Assert.StartsWith("bench/run ", line, StringComparison.Ordinal);
                    var parsed = root.Parse(line["bench/run ".Length..]);
                    Assert.Empty(parsed.Errors);
                    Assert.Same(command, parsed.CommandResult.Command);
                }
            }
        );
    }

    [Fact]
    public async Task Help_names_every_command_and_succeeds()
    {
        var run = await CliProcess.RunBenchAsync("--help");

        Assert.Equal(ExitCode.Done, run.Code);
        Assert.Empty(run.Error);
        Assert.All(
            BenchCommandLine.Tree().Subcommands.Where(command => !command.Hidden),
            command => Assert.Contains($"  {command.Name} ", run.Out, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task The_shipped_tool_has_no_bench_command_and_no_bench_code()
    {
        var run = await CliProcess.RunAsync("bench", "noop");

        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("'headrace' has no command 'bench'.", run.Error, StringComparison.Ordinal);
        Assert.Empty(
            Directory.EnumerateFiles(Path.GetDirectoryName(CliProcess.Executable)!, "*Bench.*").Select(Path.GetFileName)
        );
    }
}
