using System.Globalization;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Finds the processes of local workers by their incarnations, even if they are not children of this server. The
/// environment of a worker process, which the kernel shows in <c>/proc</c>, contains its incarnation. Because an
/// incarnation contains 64 random bits, it distinguishes a process from a later process with the same id more reliably
/// than process ids and start times would.
/// </summary>
internal static class ProcessTable
{
    /// <summary>
    /// Fields of <see cref="ProcFs.Stat"/>: the session, and the clock ticks from the start of the machine to the start
    /// of the process.
    /// </summary>
    private const int Session = 3;

    private const int Start = 19;

    /// <summary>Whether the environment of other processes is visible on this system.</summary>
    public static bool IsAvailable => ProcFs.IsAvailable;

    /// <summary>All local workers that run on this machine as this user, regardless of their server and pool.</summary>
    public static IReadOnlyCollection<LocalWorker> Workers()
    {
        var found = new Dictionary<LeaseHolder, LocalWorker>();
        foreach (var process in ProcFs.Processes())
        {
            var environment = ProcFs.Environment(process);
            if (environment[WorkerProcess.Pool] is not { } pool || environment[WorkerProcess.Server] is not { } server)
                continue;
            if (
                IncarnationIn(environment) is not { } incarnation
                || !WorkerName.TryParse(environment[WorkerProcess.Name], out var name)
            )
                continue;
            // A process that a worker started inherits the worker's environment. The worker is the process that leads
            // the session.
            if (Field(process, Session) != process)
                continue;
            var worker = new LocalWorker(new LeaseHolder(name, incarnation), pool, server, process);
            if (!found.TryGetValue(worker.Self, out var other) || Field(process, Start) < Field(other.Process, Start))
                found[worker.Self] = worker;
        }
        return found.Values;
    }

    /// <summary>
    /// Returns whether a process belongs to this incarnation or was started by it. Returns false if the process has
    /// exited, even if its parent has not read the exit code yet.
    /// </summary>
    public static bool Is(int process, Incarnation incarnation) =>
        IncarnationIn(ProcFs.Environment(process)) == incarnation;

    private static Incarnation? IncarnationIn(ProcessEnvironment environment) =>
        ulong.TryParse(
            environment[WorkerProcess.Incarnation],
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out var value
        )
            ? new Incarnation(value)
            : null;

    private static long Field(int process, int field)
    {
        var stat = ProcFs.Stat(process);
        return
            stat.Count > field
            && long.TryParse(stat[field], NumberStyles.None, CultureInfo.InvariantCulture, out var figure)
            ? figure
            : long.MaxValue;
    }
}

/// <summary>A local worker with its process id, its pool, and the server that it was started for.</summary>
internal readonly record struct LocalWorker(LeaseHolder Self, string Pool, string Server, int Process);
