using System.Diagnostics;
using System.Globalization;

namespace Headrace.Bench.SlowDisk;

/// <summary>
/// Simulates a slow disk with a library that is compiled with gcc and preloaded into the server. It delays every sync
/// of the write-ahead log, and thereby every commit.
/// </summary>
internal sealed class SlowDiskLibrary
{
    private readonly string _library;
    private readonly string _trigger;
    private readonly TimeSpan _commitTime;

    private SlowDiskLibrary(string folder, TimeSpan commitTime) =>
        (_library, _trigger, _commitTime) = (
            Path.Combine(folder, "slow_disk.so"),
            Path.Combine(folder, "disk-is-slow"),
            commitTime
        );

    /// <summary>The environment variables with which the server must be started.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = _library,
            ["SLOW_FILE"] = "headrace.db-wal",
            ["SLOW_MS"] = _commitTime.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture),
            ["SLOW_TRIGGER"] = _trigger,
        };

    /// <summary>
    /// Compiles the library into the folder. The disk is fast until <see cref="SlowDown"/> is called.
    /// </summary>
    public static async Task<SlowDiskLibrary> CompileAsync(string folder, TimeSpan commitTime, CancellationToken stop)
    {
        var disk = new SlowDiskLibrary(folder, commitTime);
        var source = Path.Combine(folder, "slow_disk.c");
        await using (
            var code =
                typeof(SlowDiskLibrary).Assembly.GetManifestResourceStream("slow_disk.c")
                ?? throw new InvalidOperationException("The source of the library is not embedded in this program.")
        )
        await using (var file = File.Create(source))
            await code.CopyToAsync(file, stop);
        using var gcc =
            Process.Start("gcc", ["-shared", "-fPIC", "-O1", "-o", disk._library, source, "-ldl"])
            ?? throw new IOException("gcc could not be started.");
        await gcc.WaitForExitAsync(stop);
        return gcc.ExitCode == 0
            ? disk
            : throw new IOException($"gcc could not compile {source}: exit code {gcc.ExitCode}.");
    }

    public void SlowDown() => File.WriteAllBytes(_trigger, []);

    public void Recover() => File.Delete(_trigger);
}
