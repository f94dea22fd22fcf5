using System.Diagnostics;
using System.Globalization;
using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Server.Trouble;

/// <summary>
/// Simulates a disk that fails on request. It compiles <c>tests/Faults/failing_disk.c</c> and preloads the library into
/// a server process, ahead of libc.
/// </summary>
internal sealed class FailingDisk : IDisposable
{
    public const int IoError = 5; // EIO
    public const int NoSpace = 28; // ENOSPC

    private readonly ThrowAwayFolder _folder = new();
    private readonly string _call;
    private readonly string _file;
    private readonly int _error;

    private FailingDisk(string call, string file, int error) => (_call, _file, _error) = (call, file, error);

    /// <summary>
    /// Creates a disk that is not yet broken. Once broken, calls of the given kind (<c>sync</c> or <c>write</c>) fail
    /// with the given error for files whose path ends with the given suffix.
    /// </summary>
    public static async Task<FailingDisk> MakeAsync(string call, string file, int error)
    {
        var disk = new FailingDisk(call, file, error);
        using var compiler = Process.Start(
            "gcc",
            [
                "-shared",
                "-fPIC",
                "-O1",
                "-o",
                disk._folder["failing_disk.so"],
                Path.Combine(Repository.Root, "tests", "Faults", "failing_disk.c"),
                "-ldl",
            ]
        );
        await Eventually.EndsAsync("gcc", compiler.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, compiler.ExitCode);
        return disk;
    }

    public (string, string)[] Environment =>
        [
            ("LD_PRELOAD", _folder["failing_disk.so"]),
            ("FAULT_CALL", _call),
            ("FAULT_FILE", _file),
            ("FAULT_ERRNO", _error.ToString(CultureInfo.InvariantCulture)),
            ("FAULT_TRIGGER", Trigger),
        ];

    /// <summary>Number of calls that have failed since the disk was broken.</summary>
    public long Failures => new FileInfo(Trigger).Length;

    private string Trigger => _folder["broken"];

    public void Break() => File.WriteAllBytes(Trigger, []);

    public void Mend() => File.Delete(Trigger);

    public void Dispose() => _folder.Dispose();
}
