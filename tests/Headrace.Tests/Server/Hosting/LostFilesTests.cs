using System.Net;
using System.Net.Sockets;
using Headrace.Protocol.Local;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

/// <summary>Tests how a running server reacts when the files that it created at startup are deleted.</summary>
public sealed class LostFilesTests
{
    [Fact]
    public async Task A_deleted_socket_is_created_again_and_existing_connections_continue()
    {
        var log = new LinesOfLog();
        await using var scene = await ServerScene.StartAsync(parts: parts => parts with { Logging = log.To });
        var old = scene.SocketClient();
        await old.GetStringAsync("/healthz", TestContext.Current.CancellationToken);

        File.Delete(scene.Server.Ready.Socket);

        await Eventually.HoldsAsync("the socket to be created again", () => File.Exists(scene.Server.Ready.Socket));
        Assert.Equal("alive\n", await Alive(scene.SocketClient()));
        Assert.Equal("alive\n", await Alive(old));
        Assert.Contains(log.Lines, line => line.Contains("was deleted. Created it again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_socket_that_another_program_replaced_is_created_again()
    {
        await using var scene = await ServerScene.StartAsync();
        var path = scene.Server.Ready.Socket;
        using (var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            other.Bind(new UnixDomainSocketEndPoint(path + ".other"));
            File.Move(path + ".other", path, overwrite: true);
        }

        await Eventually.SeesAsync(
            "the server to listen at its socket again",
            async () =>
            {
                try
                {
                    return await Alive(scene.SocketClient());
                }
                catch (HttpRequestException)
                {
                    return null;
                }
            }
        );
    }

    [Fact]
    public async Task A_server_stops_in_good_order_after_its_socket_was_deleted()
    {
        var scene = await ServerScene.StartAsync();
        File.Delete(scene.Server.Ready.Socket);

        await scene.DisposeAsync();

        Assert.Null(await scene.Server.Ended);
    }

    [Theory]
    [InlineData("")]
    [InlineData("headrace.db")]
    public async Task A_deleted_data_folder_ends_the_server_with_its_reason_and_rejects_requests(string part)
    {
        await using var scene = await ServerScene.StartAsync(options => options with { Store = StoreKind.Sqlite });
        using var client = scene.Client();

        if (part.Length == 0)
            Directory.Delete(scene.Server.Ready.Data, recursive: true);
        else
            File.Delete(Path.Combine(scene.Server.Ready.Data, part));

        var why = await Eventually.EndsAsync("the server to end", scene.Server.Ended);
        Assert.Contains(scene.Server.Ready.Data, why, StringComparison.Ordinal);
        Assert.Contains("deleted", why, StringComparison.Ordinal);
        var ready = await client.GetAsync("/readyz", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }

    [Fact]
    public async Task A_folder_that_takes_the_place_of_the_data_folder_ends_the_server()
    {
        using var root = new ThrowAwayFolder();
        await using var scene = await ServerScene.StartAsync(options => options with { Data = root["data"] });

        Directory.Move(root["data"], root["moved"]);
        Directory.CreateDirectory(root["data"]);

        var why = await Eventually.EndsAsync("the server to end", scene.Server.Ended);
        Assert.Contains("was replaced by another folder", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_lock_file_and_a_deleted_key_are_written_again()
    {
        await using var scene = await ServerScene.StartAsync();
        var (folder, key) = (scene.Server.Ready.Data, LocalPaths.AdminKey(scene.Server.Ready.Data));

        File.Delete(Path.Combine(folder, "lock"));
        File.Delete(key);

        await Eventually.HoldsAsync("the key to be written again", () => File.Exists(key));
        Assert.Equal(scene.Key, (await File.ReadAllTextAsync(key, TestContext.Current.CancellationToken)).Trim());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        var refused = Assert.Throws<StartRefusedException>(() => DataFolder.Lock(folder));
        Assert.Contains("is using the data folder", refused.Message, StringComparison.Ordinal);
        Assert.False(scene.Server.Ended.IsCompleted);
    }

    [Fact]
    public async Task A_key_that_cannot_be_written_does_not_prevent_the_other_files_from_being_restored()
    {
        var log = new LinesOfLog();
        await using var scene = await ServerScene.StartAsync(parts: parts =>
            parts with
            {
                Logging = log.To,
                WritesRunningServer = true,
            }
        );
        var key = LocalPaths.AdminKey(scene.Server.Ready.Data);
        var note = Path.Combine(LocalPaths.RunningServers!, $"{Environment.ProcessId}.json");
        // The draft of the key cannot be created while a folder has its name.
        Directory.CreateDirectory(key + ".new");

        foreach (var path in (string[])[key, scene.Server.Ready.Socket, note])
            File.Delete(path);

        await Eventually.HoldsAsync(
            "the socket and the file for the command line to be restored",
            () => File.Exists(scene.Server.Ready.Socket) && File.Exists(note)
        );
        // Several further checks fail.
        var first = File.GetLastWriteTimeUtc(note);
        File.Delete(note);
        await Eventually.HoldsAsync("another check", () => File.Exists(note) && File.GetLastWriteTimeUtc(note) > first);
        Assert.Single(log.Lines, line => line.Contains("cannot check or restore", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("restore the admin key", StringComparison.Ordinal));

        Directory.Delete(key + ".new");
        await Eventually.HoldsAsync("the key to be written again", () => File.Exists(key));
    }

    [Fact]
    public async Task A_server_whose_lock_was_taken_by_another_server_ends()
    {
        await using var scene = await ServerScene.StartAsync();
        // The server may lock the new file first, so the test may have to try again.
        using var other = await Eventually.SeesAsync("the lock to be taken", () => TakeLock(scene.Server.Ready.Data));

        Assert.Contains(
            "another server has locked the data folder",
            await Eventually.EndsAsync("the server to end", scene.Server.Ended),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_deleted_running_server_file_is_written_again()
    {
        await using var scene = await ServerScene.StartAsync(parts: parts => parts with { WritesRunningServer = true });
        var path = Path.Combine(LocalPaths.RunningServers!, $"{Environment.ProcessId}.json");

        File.Delete(path);

        await Eventually.HoldsAsync("the file to be written again", () => File.Exists(path));
    }

    private static Task<string> Alive(HttpClient client) =>
        client.GetStringAsync("/healthz", TestContext.Current.CancellationToken);

    private static DataFolder? TakeLock(string folder)
    {
        try
        {
            File.Delete(Path.Combine(folder, "lock"));
            return DataFolder.Lock(folder);
        }
        catch (StartRefusedException)
        {
            return null;
        }
    }
}
