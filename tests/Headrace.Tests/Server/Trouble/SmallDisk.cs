using System.Diagnostics;
using System.Globalization;
using Headrace.Server.Machine;
using Xunit;

namespace Headrace.Tests.Server.Trouble;

/// <summary>An in-memory file system of a few megabytes, mounted for one test.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly ThrowAwayFolder _folder = new();

    public SmallDisk(int megabytes)
    {
        Assert.True(
            Unix.UserId() == 0,
            "This test mounts a small tmpfs, which requires root. Run the tests as root, for example in a container."
        );
        Run(
            "mount",
            "-t",
            "tmpfs",
            "-o",
            string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"),
            "tmpfs",
            _folder.Path
        );
    }

    public string Data => _folder["data"];

    public long Free => new DriveInfo(_folder.Path).AvailableFreeSpace;

    private string Filler => _folder["filler"];

    /// <summary>Fills the disk with an unrelated file until only this many bytes are free.</summary>
    public void FillTo(long free)
    {
        using var file = File.OpenWrite(Filler);
        file.Seek(0, SeekOrigin.End);
        var page = new byte[4096];
        try
        {
            while (Free > free)
                RandomAccess.Write(file.SafeFileHandle, page, RandomAccess.GetLength(file.SafeFileHandle));
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }

    public void Clear() => File.Delete(Filler);

    public void Dispose()
    {
        Run("umount", "--lazy", _folder.Path);
        _folder.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.True(
            process.ExitCode == 0,
            $"{program} {string.Join(' ', arguments)} exited with code {process.ExitCode}."
        );
    }
}
