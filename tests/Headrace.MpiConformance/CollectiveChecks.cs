using System.Numerics;
using Headrace.Mpi;

namespace Headrace.MpiConformance;

/// <summary>Checks the calls that all ranks make together, with every rank as the root.</summary>
internal static class CollectiveChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("a barrier waits for every rank", Barrier),
        new("a broadcast reaches every rank", Broadcast),
        new("a scatter divides evenly", Scatter),
        new("a scatter divides into parts of different lengths", ScatterParts),
        new("a gather collects evenly", Gather),
        new("a gather collects parts of different lengths", GatherParts),
        new("scatter and gather work in place", InPlace),
        new("every type of number can be reduced", NumberTypes),
        new("every operation reduces", Operations),
        new("a reduction works in place", ReduceInPlace),
        new("collective calls do not mix with messages", Separate),
    ];

    private static void Barrier(ICommunicator ranks)
    {
        // Rank 0 receives the message that each other rank sent before the barrier.
        if (ranks.Rank != 0)
            ranks.Send<int>([1], 0, 11);
        ranks.Barrier();
        for (var i = 1; ranks.Rank == 0 && i < ranks.Size; i++)
            ranks.Receive<int>(new int[1], i, 11);
        ranks.Barrier();
    }

    private static void Broadcast(ICommunicator ranks)
    {
        for (var root = 0; root < ranks.Size; root++)
        {
            double[] values = ranks.Rank == root ? [root, 2.5, -1] : new double[3];
            ranks.Broadcast<double>(values, root);
            Expect.Equal<double>([root, 2.5, -1], values);
            ranks.Broadcast<double>([], root);
        }
    }

    private static void Scatter(ICommunicator ranks)
    {
        for (var root = 0; root < ranks.Size; root++)
        {
            int[] all = ranks.Rank == root ? [.. Enumerable.Range(100, 2 * ranks.Size)] : [];
            var part = new int[2];
            ranks.Scatter<int>(all, part, root);
            Expect.Equal<int>([100 + (2 * ranks.Rank), 101 + (2 * ranks.Rank)], part);
        }
    }

    private static void ScatterParts(ICommunicator ranks)
    {
        for (var root = 0; root < ranks.Size; root++)
        {
            // Rank r receives r elements with the value r, so rank 0 receives none.
            var isRoot = ranks.Rank == root;
            long[] all = isRoot
                ? [.. Enumerable.Range(0, ranks.Size).SelectMany(rank => Enumerable.Repeat((long)rank, rank))]
                : [];
            int[] counts = isRoot ? [.. Enumerable.Range(0, ranks.Size)] : [];
            var part = new long[ranks.Rank];
            ranks.Scatter<long>(all, counts, part, root);
            Expect.True(!part.AsSpan().ContainsAnyExcept(ranks.Rank), "the part is that of the rank");
        }
    }

    private static void Gather(ICommunicator ranks)
    {
        for (var root = 0; root < ranks.Size; root++)
        {
            var all = new byte[ranks.Rank == root ? 2 * ranks.Size : 0];
            ranks.Gather<byte>([(byte)ranks.Rank, 255], all, root);
            for (var i = 0; ranks.Rank == root && i < ranks.Size; i++)
                Expect.Equal<byte>([(byte)i, 255], all.AsSpan(2 * i, 2));
        }
    }

    private static void GatherParts(ICommunicator ranks)
    {
        for (var root = 0; root < ranks.Size; root++)
        {
            var counts = Enumerable.Range(0, ranks.Size).Select(rank => (rank * 3) % 4).ToArray();
            var part = Enumerable.Repeat((float)ranks.Rank, counts[ranks.Rank]).ToArray();
            var isRoot = ranks.Rank == root;
            var all = new float[isRoot ? counts.Sum() : 0];
            ranks.Gather<float>(part, all, isRoot ? counts : [], root);
            if (isRoot)
                Expect.Equal<float>(
                    [.. counts.SelectMany((count, rank) => Enumerable.Repeat((float)rank, count))],
                    all
                );
        }
    }

    private static void InPlace(ICommunicator ranks)
    {
        for (var root = 0; root < ranks.Size; root++)
        {
            var isRoot = ranks.Rank == root;
            var all = isRoot ? Enumerable.Range(0, 3 * ranks.Size).ToArray() : [];
            var part = isRoot ? all.AsSpan(3 * root, 3) : new int[3];
            ranks.Scatter<int>(all, part, root);
            for (var i = 0; i < part.Length; i++)
                part[i] = -part[i];
            ranks.Gather<int>(part, all, root);
            if (isRoot)
                Expect.Equal<int>([.. Enumerable.Range(0, all.Length).Select(i => -i)], all);
            var counts = isRoot ? Enumerable.Repeat(3, ranks.Size).ToArray() : [];
            ranks.Scatter<int>(all, counts, part, root);
            Expect.Equal<int>([.. Enumerable.Range(3 * ranks.Rank, 3).Select(i => -i)], part);
            ranks.Gather<int>(part, all, counts, root);
            if (isRoot)
                Expect.Equal<int>([.. Enumerable.Range(0, all.Length).Select(i => -i)], all);
        }
    }

    private static void NumberTypes(ICommunicator ranks)
    {
        Sum<sbyte>(ranks);
        Sum<byte>(ranks);
        Sum<short>(ranks);
        Sum<ushort>(ranks);
        Sum<int>(ranks);
        Sum<uint>(ranks);
        Sum<long>(ranks);
        Sum<ulong>(ranks);
        Sum<float>(ranks);
        Sum<double>(ranks);
    }

    private static void Sum<T>(ICommunicator ranks)
        where T : unmanaged, INumber<T>
    {
        var expected = T.CreateChecked(ranks.Size * (ranks.Size + 1) / 2);
        T[] values = [T.CreateChecked(ranks.Rank + 1), T.One];
        var results = new T[2];
        ranks.AllReduce<T>(values, results, ReduceOperation.Sum);
        Expect.Equal<T>([expected, T.CreateChecked(ranks.Size)], results);
        for (var root = 0; root < ranks.Size; root++)
        {
            var atRoot = new T[ranks.Rank == root ? 2 : 0];
            ranks.Reduce<T>(values, atRoot, ReduceOperation.Sum, root);
            if (ranks.Rank == root)
                Expect.Equal<T>([expected, T.CreateChecked(ranks.Size)], atRoot);
        }
    }

    private static void Operations(ICommunicator ranks)
    {
        // The values of all ranks, from which the expected results are computed.
        var all = Enumerable.Range(0, ranks.Size).Select(rank => (rank * 37) + 5).ToArray();
        var expected = new Dictionary<ReduceOperation, int>
        {
            [ReduceOperation.Sum] = all.Sum(),
            [ReduceOperation.Product] = all.Aggregate((a, b) => unchecked(a * b)),
            [ReduceOperation.Min] = all.Min(),
            [ReduceOperation.Max] = all.Max(),
            [ReduceOperation.And] = all.Aggregate((a, b) => a & b),
            [ReduceOperation.Or] = all.Aggregate((a, b) => a | b),
            [ReduceOperation.Xor] = all.Aggregate((a, b) => a ^ b),
        };
        Expect.Equal(Enum.GetValues<ReduceOperation>().Length, expected.Count);
        foreach (var (operation, combined) in expected)
        {
            var result = new int[1];
            ranks.AllReduce<int>([all[ranks.Rank]], result, operation);
            Expect.Equal(combined, result[0]);
        }
    }

    private static void ReduceInPlace(ICommunicator ranks)
    {
        int[] values = [ranks.Rank, 1];
        ranks.AllReduce<int>(values, values, ReduceOperation.Max);
        Expect.Equal<int>([ranks.Size - 1, 1], values);
        values = [ranks.Rank, 1];
        ranks.Reduce<int>(values, values, ReduceOperation.Sum, ranks.Size - 1);
        if (ranks.Rank == ranks.Size - 1)
            Expect.Equal<int>([ranks.Size * (ranks.Size - 1) / 2, ranks.Size], values);
    }

    private static void Separate(ICommunicator ranks)
    {
        var (next, last) = ((ranks.Rank + 1) % ranks.Size, (ranks.Rank + ranks.Size - 1) % ranks.Size);
        // A receive that accepts every message is pending during the collective calls.
        var received = new int[1];
        var receive = ranks.StartReceive<int>(received);
        var total = new int[1];
        ranks.AllReduce<int>([1], total, ReduceOperation.Sum);
        ranks.Barrier();
        ranks.Send<int>([1000 + ranks.Rank], next);
        receive.Wait();
        Expect.Equal(ranks.Size, total[0]);
        Expect.Equal(1000 + last, received[0]);
    }
}
