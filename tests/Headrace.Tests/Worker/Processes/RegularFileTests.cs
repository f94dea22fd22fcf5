using System.Diagnostics;
using Headrace.Core;
using Headrace.Tests.Cli;
using Headrace.Worker.Processes;
using Xunit;

namespace Headrace.Tests.Worker.Processes;

public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(100, "content")]
    [InlineData(7, "content")]
    [InlineData(3, "con")]
    [InlineData(0, "")]
    public void A_regular_file_is_read_up_to_the_limit(int max, string read)
    {
        using var file = RegularFile.TryOpen(_folder.Write("f", "content"), "f");

        Assert.Equal(read, System.Text.Encoding.UTF8.GetString(file!.Read(max)));
    }

    [Theory]
    [InlineData("mkfifo f", "f is a named pipe, not a regular file.")]
    [InlineData("mkdir f", "f is a folder, not a regular file.")]
    [InlineData("ln -s /dev/null f", "f is a symbolic link, not a regular file.")]
    [InlineData("ln -s . f", "f is a symbolic link, not a regular file.")]
    public void Anything_else_is_named(string script, string message)
    {
        Run(script);

        var refused = Assert.Throws<HeadraceException>(() => RegularFile.TryOpen(_folder.Path + "/f", "f"));

        Assert.Equal(message, refused.Message);
    }

    [Fact]
    public void A_device_is_not_opened() =>
        Assert.Equal(
            "f is a device, not a regular file.",
            Assert.Throws<HeadraceException>(() => RegularFile.TryOpen("/dev/tty", "f")).Message
        );

    [Fact]
    public void A_link_is_followed_only_on_request_and_never_to_a_pipe()
    {
        _folder.Write("file", "content");
        Run("ln -s file f; mkfifo pipe; ln -s pipe g");

        using var file = RegularFile.TryOpen(_folder.Path + "/f", "f", followLink: true);
        var refused = Assert.Throws<HeadraceException>(() =>
            RegularFile.TryOpen(_folder.Path + "/g", "g", followLink: true)
        );

        Assert.Equal("content", System.Text.Encoding.UTF8.GetString(file!.Read(100)));
        Assert.Equal("g is a named pipe, not a regular file.", refused.Message);
    }

    [Fact]
    public void A_missing_file_is_null() => Assert.Null(RegularFile.TryOpen(_folder.Path + "/f", "f"));

    public void Dispose() => _folder.Dispose();

    private void Run(string script)
    {
        using var shell = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", script]) { WorkingDirectory = _folder.Path }
        )!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
