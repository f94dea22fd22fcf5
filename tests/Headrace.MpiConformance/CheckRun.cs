using System.Text;
using Headrace.Mpi;

namespace Headrace.MpiConformance;

/// <summary>Runs checks on all ranks, one after another, and collects the failures.</summary>
public static class CheckRun
{
    /// <summary>
    /// Runs the checks. Returns the failures of all ranks on rank 0, and an empty list on the other ranks. The run
    /// stops after the first check that fails, because undelivered messages from that check may remain.
    /// </summary>
    /// <param name="ranks">The communicator.</param>
    /// <param name="checks">The checks.</param>
    /// <param name="onStarted">
    /// Called on each rank with the name of each check before it starts, and with null after all checks have passed.
    /// </param>
    public static IReadOnlyList<string> Run(ICommunicator ranks, IEnumerable<Check> checks, Action<string?> onStarted)
    {
        foreach (var check in checks)
        {
            onStarted(check.Name);
            var failures = Collect(ranks, FailureOf(check, ranks));
            var isOver = new int[1];
            ranks.AllReduce<int>([failures.Count], isOver, ReduceOperation.Max);
            if (isOver[0] > 0)
                return failures;
        }
        onStarted(null);
        return [];
    }

    // Catches all exceptions, because any exception is recorded as the result of the check.
    private static string FailureOf(Check check, ICommunicator ranks)
    {
        try
        {
            check.Run(ranks);
            return "";
        }
        catch (Exception failure)
        {
            return $"{check.Name}, rank {ranks.Rank} of {ranks.Size}: {failure}";
        }
    }

    private static List<string> Collect(ICommunicator ranks, string failure)
    {
        var text = Encoding.UTF8.GetBytes(failure);
        var lengths = new int[ranks.Size];
        ranks.Gather<int>([text.Length], lengths);
        var all = new byte[ranks.Rank == 0 ? lengths.Sum() : 0];
        ranks.Gather<byte>(text, all, ranks.Rank == 0 ? lengths : []);
        var failures = new List<string>();
        var offset = 0;
        foreach (var length in ranks.Rank == 0 ? lengths : [])
        {
            if (length > 0)
                failures.Add(Encoding.UTF8.GetString(all, offset, length));
            offset += length;
        }
        return failures;
    }
}
