using System.Globalization;
using Headrace.Protocol.Local;

namespace Headrace.Bench;

/// <summary>The CPU time and memory usage of a measured process.</summary>
internal static class ProcessFacts
{
    /// <summary>The kernel reports CPU time in clock ticks: 1/100 s on every supported Linux.</summary>
    private const double MicrosPerTick = 10_000;

    /// <summary>CPU time in user and kernel mode, in microseconds. The resolution is 10 ms.</summary>
    public static double ProcessorMicros(int process)
    {
        // The fields utime and stime, which are fields 14 and 15 in proc(5). The list begins with field 3.
        var stat = ProcFs.Stat(process);
        return stat.Count > 12
            ? (long.Parse(stat[11], CultureInfo.InvariantCulture) + long.Parse(stat[12], CultureInfo.InvariantCulture))
                * MicrosPerTick
            : throw Ended(process);
    }

    /// <summary>
    /// Proportional resident memory in bytes: the size of a page that several processes share is divided equally among
    /// them.
    /// </summary>
    public static long Resident(int process) => ProcFs.Bytes(process, "smaps_rollup", "Pss") ?? throw Ended(process);

    /// <summary>Current resident memory in bytes, and its highest value since the process started.</summary>
    public static (long Now, long Peak) ResidentAndPeak(int process) =>
        ProcFs.Bytes(process, "status", "VmRSS") is { } now && ProcFs.Bytes(process, "status", "VmHWM") is { } peak
            ? (now, peak)
            : throw Ended(process);

    private static IOException Ended(int process) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Process {process} exited while it was being measured."));
}
