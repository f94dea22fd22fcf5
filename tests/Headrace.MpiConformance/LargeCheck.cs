using Headrace.Mpi;

namespace Headrace.MpiConformance;

/// <summary>Checks messages and collective calls of more than 2^31 bytes. Two ranks need 5 GB of memory.</summary>
internal static class LargeCheck
{
    /// <summary>The number of 8-byte values in a message of 2^31 bytes plus 64 KB.</summary>
    private const int Count = (1 << 28) + (1 << 13);

    public static IReadOnlyList<Check> All { get; } =
    [new("a message of more than 2^31 bytes arrives", Message), new("so does a broadcast", Broadcast)];

    private static void Message(ICommunicator ranks)
    {
        var values = new long[Count];
        if (ranks.Rank == 0)
        {
            Fill(values);
            ranks.Send<long>(values, 1);
            return;
        }
        if (ranks.Rank != 1)
            return;
        var status = ranks.Receive<long>(values, 0);
        Expect.Equal(Count * (long)sizeof(long), status.Bytes);
        Expect.Equal(Count, status.Count<long>());
        Require(values);
    }

    private static void Broadcast(ICommunicator ranks)
    {
        var values = new long[Count];
        if (ranks.Rank == 0)
            Fill(values);
        ranks.Broadcast<long>(values);
        Require(values);
    }

    private static void Fill(long[] values)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = i * 3L;
    }

    private static void Require(long[] values)
    {
        for (var i = 0; i < values.Length; i++)
            if (values[i] != i * 3L)
                throw new UnexpectedException($"expected {i * 3L} at {i}, but got {values[i]}");
    }
}
