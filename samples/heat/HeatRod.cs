using System.ComponentModel.DataAnnotations;
using Headrace.Mpi;

/// <summary>Cools a hot rod whose ends are held at 0 degrees. Each rank computes a part of it.</summary>
internal static class HeatRod
{
    /// <summary>Returns the mean temperature after some steps. It does not depend on the number of ranks.</summary>
    public static double Cool(ICommunicator ranks, [Range(256, 10_000_000)] int cells = 1_000, int steps = 100)
    {
        var first = (int)((long)cells * ranks.Rank / ranks.Size);
        var count = (int)((long)cells * (ranks.Rank + 1) / ranks.Size) - first;
        // The cells of this rank, plus one cell from the neighbouring rank on each side.
        var (now, next) = (new double[count + 2], new double[count + 2]);
        now.AsSpan(1, count).Fill(100);
        var left = ranks.Rank > 0 ? ranks.Rank - 1 : Ranks.None;
        var right = ranks.Rank < ranks.Size - 1 ? ranks.Rank + 1 : Ranks.None;
        for (var step = 0; step < steps; step++)
        {
            PendingTransfer.WaitAll(
                ranks.StartReceive(now.AsMemory(0, 1), left),
                ranks.StartReceive(now.AsMemory(count + 1, 1), right),
                ranks.StartSend<double>(now.AsMemory(1, 1), left),
                ranks.StartSend<double>(now.AsMemory(count, 1), right)
            );
            for (var i = 1; i <= count; i++)
                next[i] = now[i] + (0.25 * (now[i - 1] - (2 * now[i]) + now[i + 1]));
            (now, next) = (next, now);
        }
        // Rank 0 adds up all cells in order. A reduction would use an order that depends on the number of ranks.
        int[] counts = [.. Enumerable.Range(0, ranks.Size).Select(CountOf)];
        var all = new double[ranks.Rank == 0 ? cells : 0];
        ranks.Gather<double>(now.AsSpan(1, count), all, ranks.Rank == 0 ? counts : []);
        return ranks.Rank == 0 ? all.Sum() / cells : 0;

        int CountOf(int rank) => (int)((long)cells * (rank + 1) / ranks.Size) - (int)((long)cells * rank / ranks.Size);
    }
}
