using System.Globalization;

namespace Headrace.Worker.Processes;

/// <summary>
/// How a process ended, and the resources used by the process and by the children that it waited for.
/// </summary>
internal sealed record ExitStatus(int Code, int Signal, TimeSpan ProcessorTime, long PeakBytes)
{
    private static readonly Dictionary<int, string> Names = new()
    {
        [1] = "SIGHUP",
        [2] = "SIGINT",
        [3] = "SIGQUIT",
        [4] = "SIGILL",
        [5] = "SIGTRAP",
        [6] = "SIGABRT",
        [7] = "SIGBUS",
        [8] = "SIGFPE",
        [9] = "SIGKILL",
        [11] = "SIGSEGV",
        [13] = "SIGPIPE",
        [14] = "SIGALRM",
        [15] = "SIGTERM",
        [24] = "SIGXCPU",
        [25] = "SIGXFSZ",
        [31] = "SIGSYS",
    };

    /// <summary>
    /// The status of a process whose exit status is no longer available. The kernel discards exit statuses if this
    /// process was started with SIGCHLD ignored.
    /// </summary>
    public static readonly ExitStatus Unknown = new(-1, 0, TimeSpan.Zero, 0);

    /// <summary>Gets a value indicating whether the process was ended by a signal.</summary>
    public bool IsSignalled => Signal != 0;

    public bool IsKnown => Code >= 0;

    /// <summary>
    /// Gets the largest resident memory of any one process in the execution, in bytes; 0 if it is not known. A process
    /// that was started with posix_spawn begins with the peak of its parent, so a value below that peak says nothing
    /// about the process.
    /// </summary>
    public long OwnPeakBytes => PeakBytes > ParentPeakBytes ? PeakBytes : 0;

    private static long ParentPeakBytes => Protocol.Local.ProcFs.Bytes(Environment.ProcessId, "status", "VmHWM") ?? 0;

    public static ExitStatus Of(int status, in Libc.ResourceUsage usage)
    {
        var signal = status & 0x7F;
        return new ExitStatus(
            signal == 0 ? (status >> 8) & 0xFF : 128 + signal,
            signal,
            TimeSpan.FromSeconds(usage.UserSeconds + usage.SystemSeconds)
                + TimeSpan.FromMicroseconds(usage.UserMicroseconds + usage.SystemMicroseconds),
            usage.PeakKilobytes << 10
        );
    }

    public override string ToString() =>
        !IsKnown ? "ended, but its exit status could not be read"
        : IsSignalled ? $"was terminated by {NameOf(Signal)}"
        : string.Create(CultureInfo.InvariantCulture, $"exited with code {Code}");

    private static string NameOf(int signal) =>
        Names.TryGetValue(signal, out var name)
            ? name
            : string.Create(CultureInfo.InvariantCulture, $"signal {signal}");
}
