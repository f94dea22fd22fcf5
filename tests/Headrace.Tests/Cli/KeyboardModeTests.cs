using Xunit;

namespace Headrace.Tests.Cli;

public sealed class KeyboardModeTests
{
    [Fact]
    public async Task A_command_on_a_terminal_does_not_change_the_keyboard_mode()
    {
        using var home = new TemporaryFolder();
        using var shell = CliProcess.StartShell(
            home.Path,
            "TERM=xterm-256color script -qec \"$0 --version\" /dev/null </dev/null"
        );

        var shown = await CliProcess.EndAsync(shell, "script");

        Assert.Equal(0, shown.Code);
        Assert.NotEmpty(shown.Out.Trim());
        Assert.DoesNotContain('\e', shown.Out);
    }
}
