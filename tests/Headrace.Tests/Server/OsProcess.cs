using System.Globalization;
using Headrace.Protocol.Local;
using Headrace.Server.Machine;

namespace Headrace.Tests.Server;

/// <summary>What the kernel says of a process.</summary>
internal static class OsProcess
{
    /// <summary>False also for one that has ended and whose parent has not asked for its exit code yet.</summary>
    public static bool Runs(int process) => Stat(process) is { } stat && stat[0] is not ("Z" or "X");

    public static int Session(int process) => int.Parse(Stat(process)![3], CultureInfo.InvariantCulture);

    public static IReadOnlyList<int> Children(int process) =>
        [
            .. File.ReadAllText($"/proc/{process}/task/{process}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture)),
        ];

    public static string? Environment(int process, string variable) =>
        File.ReadAllText($"/proc/{process}/environ")
            .Split('\0')
            .FirstOrDefault(pair => pair.StartsWith(variable + "=", StringComparison.Ordinal))
            ?[(variable.Length + 1)..];

    public static ulong Incarnation(int process) =>
        ulong.Parse(
            Environment(process, WorkerProcess.Incarnation)!,
            NumberStyles.HexNumber,
            CultureInfo.InvariantCulture
        );

    public static void Kill(int process) => Unix.Signal(process, Unix.SigKill);

    /// <summary>Stands still (SIGSTOP) until <see cref="Continue"/>.</summary>
    public static void Pause(int process) => Unix.Signal(process, 19);

    public static void Continue(int process) => Unix.Signal(process, 18);

    /// <summary>True once a pause has taken hold.</summary>
    public static bool StandsStill(int process) => Stat(process) is ["T", ..];

    /// <summary>State, parent, group, session, …: what stands after the name, which may hold anything.</summary>
    private static string[]? Stat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
