using System.Runtime.InteropServices;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// Processor time of the calling thread, so that neither other jobs nor the compiler's and collector's threads are
/// charged to a method.
/// </summary>
internal static class ThreadCpuClock
{
    // CLOCK_THREAD_CPUTIME_ID of Linux and of macOS.
    private static readonly int? Id =
        OperatingSystem.IsLinux() ? 3
        : OperatingSystem.IsMacOS() ? 16
        : null;

    /// <summary>False where the system offers no such clock: then the whole process is charged.</summary>
    public static bool IsPerThread => Id is not null;

    public static double Seconds()
    {
        if (Id is { } id && ClockGetTime(id, out var time) == 0)
            return time.Seconds + (1e-9 * time.Nanoseconds);

        return Environment.CpuUsage.TotalTime.TotalSeconds;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
