using System.Runtime.InteropServices;

namespace Headrace.Apps.Benchop.Measuring;

/// <summary>
/// Reads the CPU time of the calling thread, so that the time of other jobs, the JIT compiler and the garbage
/// collector is not attributed to a method.
/// </summary>
internal static class ThreadCpuClock
{
    private const int ThreadClock = 3; // CLOCK_THREAD_CPUTIME_ID

    public static double Seconds()
    {
        if (ClockGetTime(ThreadClock, out var time) != 0)
            throw new InvalidOperationException("Cannot read the CPU time of the current thread.");
        return time.Seconds + (1e-9 * time.Nanoseconds);
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
