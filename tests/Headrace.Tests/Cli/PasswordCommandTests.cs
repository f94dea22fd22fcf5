using Headrace.Commands;
using Xunit;

namespace Headrace.Tests.Cli;

[Trait("Needs", "Servers")]
public sealed class PasswordCommandTests
{
    private const string First = "a correct horse battery";
    private const string Second = "another horse battery";

    [Fact]
    public async Task A_user_changes_the_own_password_with_the_current_one()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(ExitCode.Done, (await RunAsync(server, First, "users", "add", "ada", "--role", "viewer")).Code);
        Assert.Equal(ExitCode.Done, (await RunAsync(server, First, "login", "ada")).Code);

        var without = await RunAsync(server, Second, "users", "password", "ada");
        Assert.Equal(ExitCode.Usage, without.Code);
        Assert.Contains("headrace users password --current", without.Error, StringComparison.Ordinal);
        var changed = await RunAsync(server, $"{First}\n{Second}", "users", "password", "ada", "--current");
        Assert.True(changed.Code == ExitCode.Done, changed.Error);

        Assert.Equal(ExitCode.NotAllowed, (await RunAsync(server, First, "login", "ada")).Code);
        Assert.Equal(ExitCode.Done, (await RunAsync(server, Second, "login", "ada")).Code);
    }

    /// <summary>Runs a command with the given lines as its standard input.</summary>
    private static async Task<CliProcess> RunAsync(RunningServer server, string input, params string[] arguments)
    {
        using var process = server.StartCli([], arguments);
        await process.StandardInput.WriteLineAsync(input);
        return await CliProcess.EndAsync(process, string.Join(' ', arguments));
    }
}
