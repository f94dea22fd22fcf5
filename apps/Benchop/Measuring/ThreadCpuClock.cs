using System.Runtime.InteropServices;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// Processor time of the calling thread, so that other jobs, the JIT compiler and the garbage collector are not charged
/// to a method.
/// </summary>
internal static class ThreadCpuClock
{
    // CLOCK_THREAD_CPUTIME_ID on Linux and on macOS.
    private static readonly int? Id =
        OperatingSystem.IsLinux() ? 3
        : OperatingSystem.IsMacOS() ? 16
        : null;

    /// <summary>
    /// False when the system has no such clock; the processor time of the whole process is used instead.
    /// </summary>
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
