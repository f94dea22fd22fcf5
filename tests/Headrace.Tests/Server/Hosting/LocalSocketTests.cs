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

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_rejected_with_the_reason()
    {
        File.WriteAllText(_root["sockets"], "");

        Assert.StartsWith("cannot be used:", LocalSocket.PrepareFolder(_root["sockets"]), StringComparison.Ordinal);
    }
}
