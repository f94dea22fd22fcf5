using System.Diagnostics;
using System.Net;
using Headrace.Protocol.Local;
using Headrace.Tests.Server;
using Xunit;

namespace Headrace.Tests.Cli;

/// <summary>
/// Tests that other users on the machine gain nothing by preparing folders in advance. They can neither access the
/// socket of a server with accounts nor bypass its accounts.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class AccountsInSharedFoldersTests : IDisposable
{
    private static readonly UnixFileMode Shared = (UnixFileMode)Convert.ToInt32("755", 8);

    private readonly TemporaryFolder _runtime = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _runtime.Dispose();

    [Theory]
    [InlineData("is a symbolic link")]
    [InlineData("belongs to another user")]
    public async Task A_socket_folder_that_another_user_prepared_is_not_used_and_the_accounts_still_apply(string reason)
    {
        var folder = Path.Combine(_runtime.Path, "headrace");
        var prepared = Path.Combine(_runtime.Path, "prepared");
        Directory.CreateDirectory(prepared);
        File.SetUnixFileMode(prepared, Shared);
        if (reason == "is a symbolic link")
            File.CreateSymbolicLink(folder, prepared);
        else
        {
            Directory.Move(prepared, folder);
            prepared = folder;
            await RunAsync("chown", "54321", folder);
        }

        await using var server = await RunningServer.StartAsync([("XDG_RUNTIME_DIR", _runtime.Path)]);
        var key = await server.CliAsync("keys", "create", "one", "--role", "submitter=eu");
        Assert.True(key.Code == 0, key.Error);
        var allowed = await server.CliAsync([(WorkerProcess.Key, key.Out.Trim())], "submit", "noop", "--queue", "eu");
        var denied = await server.CliAsync([(WorkerProcess.Key, key.Out.Trim())], "submit", "noop", "--queue", "us");

        Assert.Equal((0, 4), (allowed.Code, denied.Code));
        Assert.Contains(reason, server.Errors, StringComparison.Ordinal);
        Assert.Equal(Shared, File.GetUnixFileMode(prepared));
        Assert.Empty(Directory.GetFileSystemEntries(prepared));
        Assert.False(server.Socket.StartsWith(_runtime.Path, StringComparison.Ordinal), server.Socket);
        using var keyless = ServerScene.OverSocket(server.Socket);
        Assert.Equal(HttpStatusCode.Unauthorized, (await keyless.GetAsync("/v1/jobs", Stop)).StatusCode);
    }

    [Fact]
    public async Task A_data_folder_with_accounts_that_others_may_write_is_not_opened()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(0, (await server.CliAsync("keys", "create", "one", "--role", "viewer")).Code);
        await server.StopAsync();
        var data = Path.Combine(server.Home, "data");
        File.SetUnixFileMode(data, (UnixFileMode)Convert.ToInt32("777", 8));

        var again = await server.CliAsync("up", "--data", data, "--port", "0", "--workers", "0");

        Assert.Equal(4, again.Code);
        Assert.Contains("is writable by other users (mode 777)", again.Error, StringComparison.Ordinal);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync(Stop);
        Assert.True(process.ExitCode == 0, $"{program} failed; this test needs root.");
    }
}
