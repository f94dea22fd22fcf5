using System.Globalization;
using System.Text;
using Headrace.Core;
using Headrace.Protocol.Local;

namespace Headrace.Server.Workers.Local;

/// <summary>
/// Which process is which incarnation of a local worker, also of one that is no child of ours: its environment names it, where the kernel shows that (<c>/proc</c>).
/// </summary>
internal static class ProcessTable
{
    private const string Processes = "/proc";

    /// <summary>What begins the entry in a process's environment that names its incarnation.</summary>
    private static readonly byte[] Mark = Encoding.ASCII.GetBytes($"{WorkerProcess.Incarnation}=");

    /// <summary>Whether this machine can tell.</summary>
    public static bool CanTell { get; } = File.Exists($"{Processes}/self/environ");

    /// <summary>The process of an incarnation; null when there is none.</summary>
    public static int? Find(Incarnation incarnation)
    {
        // What a worker has started inherits its environment; the worker is the oldest of them.
        var found = Directory.EnumerateDirectories(Processes)
            .Select(folder => int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var process) ? process : 0)
            .Where(process => process > 0 && Is(process, incarnation))
            .OrderBy(StartedAt);
        return found.Cast<int?>().FirstOrDefault();
    }

    public static bool Is(int process, Incarnation incarnation) => IncarnationOf(process) == incarnation;

    private static Incarnation? IncarnationOf(int process)
    {
        var environment = Read($"{Processes}/{process}/environ");
        for (var at = 0; at < environment.Length;)
        {
            var end = environment.AsSpan(at).IndexOf((byte)0);
            var entry = end < 0 ? environment.AsSpan(at) : environment.AsSpan(at, end);
            if (entry.StartsWith(Mark)) return ulong.TryParse(entry[Mark.Length..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? new Incarnation(value) : null;
            at += entry.Length + 1;
        }
        return null;
    }

    /// <summary>Clock ticks from the machine's start to the process's: the 22nd figure of its stat, the 20th after its name.</summary>
    private static long StartedAt(int process)
    {
        var stat = Encoding.ASCII.GetString(Read($"{Processes}/{process}/stat"));
        var figures = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return figures.Length > 19 && long.TryParse(figures[19], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) ? ticks : long.MaxValue;
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Ended meanwhile, or another user's: none of ours.
            return [];
        }
    }
}
