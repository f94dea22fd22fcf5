using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>Completes command lines in real shells with the scripts that <c>headrace completion</c> prints.</summary>
[Trait("Needs", "Servers")]
public sealed class ShellCompletionTests
{
    private const string Fish = """
        fish -c '
            set -x PATH (dirname $argv[1]) $PATH
            headrace completion fish | source
            complete -C "headrace que"
            complete -C "$argv[1] queues se"
            complete -C "echo; headrace submit --inp"
        ' -- "$0"
        """;

    /// <summary>Presses the tab key in an interactive zsh on a pseudo-terminal and prints what it shows.</summary>
    private const string Zsh = """
        PATH=$(dirname "$0"):$PATH zsh -f -c '
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell "autoload -U compinit; compinit -u -D"
            zpty -w shell "eval \"\$(headrace completion zsh)\"; echo \$((6*7)) commands"
            zpty -r shell shown "*42 commands*"
            zpty -w -n shell "headrace que"$'"'\\t'"'
            zpty -r shell shown "*que*ues*"
            print -r -- "$shown"
            zpty -d shell
        '
        """;

    [Fact]
    public async Task Fish_completes_the_names_of_commands_and_options()
    {
        var completed = await RunAsync(Fish);

        Assert.Equal((0, ""), (completed.Code, completed.Error));
        Assert.Equal(["queues", "set", "--input"], completed.Lines);
    }

    [Fact]
    public async Task Zsh_completes_the_name_of_a_command()
    {
        var completed = await RunAsync(Zsh);

        Assert.Equal(0, completed.Code);
        Assert.Contains("headrace queues", completed.Out, StringComparison.Ordinal);
    }

    private static async Task<CliProcess> RunAsync(string script)
    {
        using var home = new TemporaryFolder();
        using var shell = CliProcess.StartShell(home.Path, script);
        return await CliProcess.EndAsync(shell, script);
    }
}
