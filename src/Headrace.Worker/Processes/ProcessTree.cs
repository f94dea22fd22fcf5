using System.Globalization;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Processes;

/// <summary>
/// The processes of one execution: the members of its session, and the processes that carry its mark even though they
/// have left the session. A process that leaves the session and clears its environment cannot be recognized.
/// </summary>
internal static unsafe class ProcessTree
{
    // Indexes of fields in /proc/PID/stat, counted after the program name.
    private const int StateField = 0;
    private const int SessionField = 3;

    /// <summary>Maximum time to wait for killed processes to disappear, in milliseconds.</summary>
    private const int KillLimit = 2_000;

    private const int KillPeriod = 2;

    /// <summary>Returns the living processes of an execution.</summary>
    public static List<int> Members(int session, ExecutionMark mark)
    {
        var (text, own) = (mark.ToString(), session.ToString(CultureInfo.InvariantCulture));
        return
        [
            .. ProcFs
                .Processes()
                .Where(process =>
                    ProcFs.Stat(process) is { Count: > SessionField } stat
                    && stat[StateField] is not ("Z" or "X")
                    && (stat[SessionField] == own || ProcFs.Environment(process)[ExecutionMark.Variable] == text)
                ),
        ];
    }

    /// <summary>
    /// Kills every process of an execution and returns when none is left. A process may create another one before it is
    /// killed, so the search is repeated. Returns false if any processes remain after two seconds. This happens if the
    /// kernel cannot end them, for example because a network file system does not respond.
    /// </summary>
    public static bool Kill(int session, ExecutionMark mark)
    {
        for (var waited = 0; waited < KillLimit; waited += KillPeriod)
        {
            var members = Members(session, mark);
            if (members.Count == 0)
                return true;
            foreach (var member in members)
                _ = Libc.Kill(member, Libc.SigKill);
            _ = Libc.Poll(null, 0, KillPeriod);
        }
        return false;
    }

    /// <summary>
    /// Returns the resident memory of a process and its descendants, in bytes. A descendant whose parent has ended is
    /// not included.
    /// </summary>
    public static long Resident(int root)
    {
        var (sum, pending, seen) = (0L, new Stack<int>([root]), new HashSet<int>());
        while (pending.TryPop(out var process))
        {
            if (!seen.Add(process))
                continue;
            sum += ProcFs.Bytes(process, "status", "VmRSS") ?? 0;
            foreach (var child in ProcFs.Children(process))
                pending.Push(child);
        }
        return sum;
    }
}
