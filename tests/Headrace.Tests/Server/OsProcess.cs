using System.Globalization;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;

namespace Headrace.Tests.Server;

/// <summary>Queries the kernel about a process and sends signals to it.</summary>
internal static class OsProcess
{
    /// <summary>
    /// Returns whether a process is running. A process that has exited does not count as running, even if its parent
    /// has not reaped it yet.
    /// </summary>
    public static bool Runs(int process) => Stat(process) is { } stat && stat[0] is not ("Z" or "X");

    public static int Session(int process) => int.Parse(Stat(process)![3], CultureInfo.InvariantCulture);

    public static IReadOnlyList<int> Children(int process) =>
        [
            .. File.ReadAllText($"/proc/{process}/task/{process}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture)),
        ];

    /// <summary>
    /// Returns a shell's only child once the child is running <c>sleep</c>, and returns null before that. An earlier
    /// signal would be lost, because a new child still has the signal handlers of the shell.
    /// </summary>
    public static int? SleepingChild(int shell) =>
        Children(shell) is [var child] && NameOf(child) == "sleep" ? child : null;

    private static string? NameOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").TrimEnd();
        }
        catch (IOException)
        {
            return null;
        }
    }

    public static string? Environment(int process, string variable) => ProcFs.Environment(process)[variable];

    public static ulong Incarnation(int process) =>
        ulong.Parse(
            Environment(process, WorkerProcess.Incarnation)!,
            NumberStyles.HexNumber,
            CultureInfo.InvariantCulture
        );

    public static void Kill(int process) => Unix.Signal(process, Unix.SigKill);

    /// <summary>Suspends the process (SIGSTOP) until <see cref="Continue"/>.</summary>
    public static void Pause(int process) => Unix.Signal(process, 19);

    public static void Continue(int process) => Unix.Signal(process, 18);

    /// <summary>Returns whether the process is suspended.</summary>
    public static bool StandsStill(int process) => Stat(process)?[0] is "T";

    private static IReadOnlyList<string>? Stat(int process) =>
        ProcFs.Stat(process) is { Count: > 0 } stat ? stat : null;
}
