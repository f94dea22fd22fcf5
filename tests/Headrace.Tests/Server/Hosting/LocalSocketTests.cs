using System.Diagnostics;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class LocalSocketTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly ThrowAwayFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void A_missing_folder_is_created_for_its_user_only()
    {
        Assert.Null(LocalSocket.PrepareFolder(_root["sockets"]));

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_root["sockets"]));
    }

    [Fact]
    public void A_link_is_rejected_and_its_target_keeps_its_mode()
    {
        var open = (UnixFileMode)Convert.ToInt32("755", 8);
        Directory.CreateDirectory(_root["target"]);
        File.SetUnixFileMode(_root["target"], open);
        File.CreateSymbolicLink(_root["link"], _root["target"]);

        Assert.Equal("is a symbolic link", LocalSocket.PrepareFolder(_root["link"]));

        Assert.Equal(open, File.GetUnixFileMode(_root["target"]));
    }

    /// <summary>
    /// The folder in /tmp has a known name, so another user on the machine can create something there first. Only that
    /// user could remove it, so the server must start without it.
    /// </summary>
    [Theory]
    [InlineData("a link", "is a symbolic link")]
    [InlineData("a folder of another user", "belongs to another user")]
    [InlineData("a file", "cannot be used")]
    public async Task A_server_uses_its_data_folder_if_other_users_have_taken_every_socket_folder(
        string taken,
        string reason
    )
    {
        string[] folders = [_root["first"], _root["second"]];
        Directory.CreateDirectory(_root["of-others"]);
        foreach (var folder in folders)
            await TakeAsync(folder, taken);
        var log = new LinesOfLog();

        await using var scene = await ServerScene.StartAsync(parts: parts =>
            parts with
            {
                SocketFolders = folders,
                Logging = log.To,
            }
        );

        var ready = scene.Server.Ready;
        Assert.Equal(ready.Data, Path.GetDirectoryName(ready.Socket));
        foreach (var folder in folders)
            Assert.Contains(
                log.Lines,
                line =>
                    line.StartsWith($"Warning: The socket folder {folder} {reason}", StringComparison.Ordinal)
                    && line.Contains($"in {ready.Data} instead", StringComparison.Ordinal)
            );
        Assert.Empty(Directory.GetFileSystemEntries(_root["of-others"]));
        await scene.SubmitAfterJoinAsync(scene.Worker());
    }

    [Fact]
    public async Task If_only_the_first_socket_folder_is_taken_the_second_is_used()
    {
        Directory.CreateDirectory(_root["of-others"]);
        await TakeAsync(_root["first"], "a link");

        await using var scene = await ServerScene.StartAsync(parts: parts =>
            parts with
            {
                SocketFolders = [_root["first"], _root["second"]],
            }
        );

        Assert.Equal(_root["second"], Path.GetDirectoryName(scene.Server.Ready.Socket));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_root["second"]));
    }

    private async Task TakeAsync(string folder, string by)
    {
        if (by == "a link")
            File.CreateSymbolicLink(folder, _root["of-others"]);
        else if (by == "a file")
            await File.WriteAllTextAsync(folder, "", TestContext.Current.CancellationToken);
        else
        {
            Directory.CreateDirectory(folder);
            using var process = Process.Start("chown", ["54321", folder]);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, "chown failed; this test needs root.");
        }
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_rejected_with_the_reason()
    {
        File.WriteAllText(_root["sockets"], "");

        Assert.StartsWith("cannot be used:", LocalSocket.PrepareFolder(_root["sockets"]), StringComparison.Ordinal);
    }
}
