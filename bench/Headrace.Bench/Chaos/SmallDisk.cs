using System.Diagnostics;

namespace Headrace.Bench.Chaos;

/// <summary>
/// A small file system in memory (tmpfs) that can be filled to the last byte and freed again. Only root can mount one.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Megabytes = 128;

    private readonly string _filler;

    private SmallDisk(string folder) => (Folder, _filler) = (folder, Path.Combine(folder, "filler"));

    public string Folder { get; }

    /// <summary>Mounts a file system; returns null and the reason if that is not possible.</summary>
    public static (SmallDisk? Disk, string Why) TryMount(string folder)
    {
        Directory.CreateDirectory(folder);
        var said = Run("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m,mode=0700", "tmpfs", folder);
        return said is null ? (new SmallDisk(folder), "") : (null, $"mount failed: {said}");
    }

    /// <summary>Fills all free space.</summary>
    public void Fill()
    {
        using var file = new FileStream(_filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        // Writes large blocks, and then smaller and smaller ones, until there is no room for another byte.
        for (var step = 1 << 20; step > 0; step /= 16)
        {
            var zeros = new byte[step];
            try
            {
                while (file.Position < (long)Megabytes << 20)
                    file.Write(zeros);
            }
            catch (IOException)
            {
                // No more blocks of this size fit.
            }
        }
    }

    public void Free() => File.Delete(_filler);

    public void Dispose()
    {
        Free();
        _ = Run("umount", Folder);
    }

    /// <summary>Returns null on success; otherwise, returns the program's error message.</summary>
    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardError = true }
            )!;
            var said = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : said;
        }
        catch (System.ComponentModel.Win32Exception absent)
        {
            return absent.Message;
        }
    }
}
