using System.Runtime.InteropServices;
using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Server.Hosting;
using Headrace.Server.Machine;
using Headrace.Server.Security;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class DataFolderTests : IDisposable
{
    private const int Nobody = 65_534;

    private readonly ThrowAwayFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void The_folder_is_created_with_access_for_its_user_only()
    {
        using var folder = DataFolder.Lock(_root["a/b"]);

        Assert.Equal(_root["a/b"], folder.Path);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(folder.Path)
        );
    }

    [Fact]
    public void A_second_server_is_rejected_with_the_process_id_of_the_first()
    {
        using var first = DataFolder.Lock(_root["data"]);

        var refused = Assert.Throws<StartRefusedException>(() => DataFolder.Lock(_root["data"]));

        Assert.Equal(ServerExit.Refused, refused.Exit);
        Assert.Contains($"process {Environment.ProcessId}", refused.Message);
        Assert.Contains(_root["data"], refused.Message);
    }

    [Fact]
    public void The_folder_can_be_locked_again_after_its_server_stops_although_the_lock_file_remains()
    {
        DataFolder.Lock(_root["data"]).Dispose();

        using var next = DataFolder.Lock(_root["data"]);

        Assert.True(File.Exists(Path.Combine(next.Path, "lock")));
    }

    [Fact]
    public void A_folder_that_the_user_cannot_write_to_is_rejected_with_the_user_name()
    {
        Directory.CreateDirectory(_root["data"]);
        File.SetUnixFileMode(_root["data"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetUnixFileMode(_root.Path, (UnixFileMode)Convert.ToInt32("755", 8));

        var refused = AsPlainUser(() => Assert.Throws<StartRefusedException>(() => DataFolder.Lock(_root["data"])));

        Assert.Equal(ServerExit.NotAllowed, refused.Exit);
        Assert.Contains("is not writable by user", refused.Message);
        Assert.Contains("--data", refused.Message);
    }

    [Fact]
    public void A_key_that_belongs_to_another_user_is_rejected_with_the_user_name_and_the_remedy()
    {
        // An ordinary user cannot create a file of another user, but cannot change this one either.
        var path = Unix.UserId() == 0 ? _root["admin.key"] : "/etc/shadow";
        var key = new SecretFile(path, "hr_", "admin key");
        if (Unix.UserId() == 0)
            key.Create();
        File.SetUnixFileMode(_root.Path, (UnixFileMode)Convert.ToInt32("755", 8));

        var rejected = AsPlainUser(() => Assert.Throws<HeadraceException>(key.TryRead));

        Assert.Contains($"The admin key {path} cannot be read by user ", rejected.Message);
        Assert.Contains("Make that user the owner of the file", rejected.Message);
    }

    [Fact]
    public void A_folder_of_running_servers_that_belongs_to_another_user_is_empty_for_this_user()
    {
        var folder = _root["servers"];
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var foreign = Unix.UserId() == 0 ? folder : "/root";
        var note = new RunningServer("http://127.0.0.1:1", "", "/d", "s", Environment.ProcessId);
        File.WriteAllText(Path.Combine(folder, "1.json"), JsonSerializer.Serialize(note, JsonSerializerOptions.Web));
        File.SetUnixFileMode(_root.Path, (UnixFileMode)Convert.ToInt32("755", 8));

        Assert.Single(RunningServer.List(folder));
        Assert.Empty(AsPlainUser(() => RunningServer.List(foreign)));
    }

    [Fact]
    public void A_file_at_the_path_of_the_folder_is_rejected()
    {
        File.WriteAllText(_root["data"], "");

        var refused = Assert.Throws<StartRefusedException>(() => DataFolder.Lock(_root["data"]));

        Assert.Contains(_root["data"], refused.Message);
    }

    /// <summary>
    /// Runs an action with the permissions of an ordinary user, because root can write to any folder. A thread can
    /// change its own file-system user id, and the kernel then checks the permissions of that user.
    /// </summary>
    private static T AsPlainUser<T>(Func<T> act)
    {
        if (Unix.UserId() != 0)
            return act();
        T result = default!;
        Exception? failed = null;
        var thread = new Thread(() =>
        {
            _ = SetFileSystemUser(Nobody);
            try
            {
                result = act();
            }
            catch (Exception e)
            {
                failed = e;
            }
        });
        thread.Start();
        thread.Join();
        return failed is null ? result : throw failed;
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileSystemUser(int user);
}
