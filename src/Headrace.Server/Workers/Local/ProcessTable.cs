using System.Globalization;
using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;

namespace Headrace.Server.Workers.Local;

/// <summary>
/// Which process is which incarnation of a local worker, also of one that is no child of ours: its environment names
/// it, where the kernel shows that (<c>/proc</c>).
/// The 64 random bits of an incarnation tell it from every other process that gets its number later, better than any
/// note about numbers and start times could.
/// </summary>
internal static class ProcessTable
{
    private const string Processes = "/proc";

    /// <summary>
    /// Places in the line that the kernel keeps of a process, counted after the name: its session, and clock ticks from
    /// the machine's start to its own.
    /// </summary>
    private const int Session = 3;

    private const int Start = 19;

    /// <summary>Whether this machine can tell.</summary>
    public static bool CanTell { get; } = File.Exists($"{Processes}/self/environ");

    /// <summary>
    /// Every worker of a local pool that runs on this machine as this user, whatever server it was started for.
    /// </summary>
    public static IReadOnlyCollection<LocalWorker> Workers()
    {
        var found = new Dictionary<Holder, LocalWorker>();
        if (!CanTell)
            return found.Values;
        foreach (var folder in Directory.EnumerateDirectories(Processes))
        {
            if (
                !int.TryParse(
                    Path.GetFileName(folder.AsSpan()),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var process
                )
            )
                continue;
            var environment = Environment(process);
            if (
                Variable(environment, WorkerProcess.Pool) is not { } pool
                || Variable(environment, WorkerProcess.Server) is not { } server
            )
                continue;
            if (
                IncarnationIn(environment) is not { } incarnation
                || !WorkerName.TryParse(Variable(environment, WorkerProcess.Name), out var name)
            )
                continue;
            // Children of a worker inherit its environment; the worker itself leads the session.
            if (Figure(process, Session) != process)
                continue;
            var worker = new LocalWorker(new Holder(name, incarnation), pool, server, process);
            if (!found.TryGetValue(worker.Self, out var other) || Figure(process, Start) < Figure(other.Process, Start))
                found[worker.Self] = worker;
        }
        return found.Values;
    }

    /// <summary>
    /// Whether a process is that incarnation, or was started by it; false for one that has ended, also where nobody has
    /// taken its exit code yet.
    /// </summary>
    public static bool Is(int process, Incarnation incarnation) => IncarnationIn(Environment(process)) == incarnation;

    private static Incarnation? IncarnationIn(byte[] environment) =>
        ulong.TryParse(
            Variable(environment, WorkerProcess.Incarnation),
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out var value
        )
            ? new Incarnation(value)
            : null;

    private static string? Variable(ReadOnlySpan<byte> environment, string name)
    {
        var mark = Encoding.ASCII.GetBytes(name + "=");
        while (!environment.IsEmpty)
        {
            var end = environment.IndexOf((byte)0);
            var entry = end < 0 ? environment : environment[..end];
            if (entry.StartsWith(mark))
                return Encoding.UTF8.GetString(entry[mark.Length..]);
            environment = end < 0 ? [] : environment[(end + 1)..];
        }
        return null;
    }

    private static long Figure(int process, int place)
    {
        var stat = Encoding.ASCII.GetString(Read($"{Processes}/{process}/stat"));
        var figures = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return
            figures.Length > place
            && long.TryParse(figures[place], NumberStyles.None, CultureInfo.InvariantCulture, out var figure)
            ? figure
            : long.MaxValue;
    }

    private static byte[] Environment(int process) => Read($"{Processes}/{process}/environ");

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

/// <summary>A local worker's process, its pool, and the server that it was started for.</summary>
internal readonly record struct LocalWorker(Holder Self, string Pool, string Server, int Process);
