using Headrace.Mpi;

namespace Headrace.MpiConformance;

/// <summary>Checks that a communicator can be split into groups.</summary>
internal static class SplitChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("a split groups the ranks by color", Colors),
        new("a split orders the ranks by key", Keys),
        new("a rank without a color joins no group", NoColor),
        new("messages of different communicators do not mix", Separate),
    ];

    private static void Colors(ICommunicator ranks)
    {
        var color = ranks.Rank % 2;
        using var half = ranks.Split(color)!;
        Expect.Equal((ranks.Size + 1 - color) / 2, half.Size);
        Expect.Equal(ranks.Rank / 2, half.Rank);
        var sum = new int[1];
        half.AllReduce<int>([ranks.Rank], sum, ReduceOperation.Sum);
        Expect.Equal(Enumerable.Range(0, ranks.Size).Where(rank => rank % 2 == color).Sum(), sum[0]);
    }

    private static void Keys(ICommunicator ranks)
    {
        using var reversed = ranks.Split(0, -ranks.Rank)!;
        Expect.Equal(ranks.Size - 1 - ranks.Rank, reversed.Rank);
        using var same = ranks.Split(0)!;
        Expect.Equal(ranks.Rank, same.Rank);
    }

    private static void NoColor(ICommunicator ranks)
    {
        using var others = ranks.Split(ranks.Rank == 0 ? null : 3);
        Expect.Equal(ranks.Rank == 0, others is null);
        if (others is not null)
            Expect.Equal(ranks.Size - 1, others.Size);
        Expect.Throws<ArgumentOutOfRangeException>(() => ranks.Split(-1));
    }

    private static void Separate(ICommunicator ranks)
    {
        using var copy = ranks.Split(0)!;
        var (next, last) = ((ranks.Rank + 1) % ranks.Size, (ranks.Rank + ranks.Size - 1) % ranks.Size);
        var (first, second) = (new int[1], new int[1]);
        var receive = ranks.StartReceive<int>(first, last, 1);
        // A rank that sends a message to itself must start the receive first.
        var ofCopy = copy.StartReceive<int>(second, last, 1);
        copy.Send<int>([2], next, 1);
        ofCopy.Wait();
        ranks.Send<int>([1], next, 1);
        receive.Wait();
        Expect.Equal<int>([1, 2], [first[0], second[0]]);
    }
}
