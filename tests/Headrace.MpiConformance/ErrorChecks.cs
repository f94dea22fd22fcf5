using Headrace.Mpi;

namespace Headrace.MpiConformance;

/// <summary>Checks that errors are reported as exceptions, and that the communicator still works afterwards.</summary>
internal static class ErrorChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("a rank that does not exist is an error", Rank),
        new("a root that does not exist is an error", Root),
        new("a negative tag is an error", Tag),
        new("a message that is too long is an error", Truncated),
        new("one of several transfers can fail", OneOfSeveral),
        new("lengths that do not fit are errors", Lengths),
        new("what cannot be reduced is an error", Reductions),
        new("the communicator works after all errors", StillWorks),
    ];

    private static void Rank(ICommunicator ranks)
    {
        foreach (var missing in new[] { ranks.Size, ranks.Size + 1000, -77 })
        {
            ExpectClass(MpiErrorClass.Rank, () => ranks.Send<int>([1], missing));
            ExpectClass(MpiErrorClass.Rank, () => ranks.Receive<int>(new int[1], missing));
            ExpectClass(MpiErrorClass.Rank, () => ranks.StartSend<int>(new int[1], missing).Wait());
            ExpectClass(MpiErrorClass.Rank, () => ranks.StartReceive<int>(new int[1], missing).Wait());
            ExpectClass(MpiErrorClass.Rank, () => ranks.TryProbe(out _, missing));
        }
        ExpectClass(MpiErrorClass.Rank, () => ranks.Send<int>([1], Ranks.Any));
    }

    private static void Root(ICommunicator ranks)
    {
        ExpectClass(MpiErrorClass.Root, () => ranks.Broadcast<int>(new int[1], ranks.Size));
        ExpectClass(MpiErrorClass.Root, () => ranks.Broadcast<int>(new int[1], -5));
    }

    private static void Tag(ICommunicator ranks)
    {
        ExpectClass(MpiErrorClass.Tag, () => ranks.Send<int>([1], 0, -3));
        ExpectClass(MpiErrorClass.Tag, () => ranks.Send<int>([1], 0, Tags.Any));
        ExpectClass(MpiErrorClass.Tag, () => ranks.Receive<int>(new int[1], 0, -3));
    }

    private static void Truncated(ICommunicator ranks)
    {
        if (ranks.Rank == 0)
            for (var other = 1; other < ranks.Size; other++)
            {
                ranks.Send<int>([1, 2, 3, 4], other, 1);
                ranks.Send<int>([5], other, 1);
            }
        if (ranks.Rank == 0)
            return;
        ExpectClass(MpiErrorClass.Truncated, () => ranks.Receive<int>(new int[2], 0, 1));
        var next = new int[1];
        ranks.Receive<int>(next, 0, 1);
        Expect.Equal(5, next[0]);
    }

    private static void OneOfSeveral(ICommunicator ranks)
    {
        if (ranks.Rank == 0)
            for (var other = 1; other < ranks.Size; other++)
            {
                ranks.Send<int>([1, 2, 3, 4], other, 1);
                ranks.Send<int>([6], other, 2);
            }
        if (ranks.Rank == 0)
            return;
        var fits = new int[1];
        var receives = new[] { ranks.StartReceive<int>(new int[2], 0, 1), ranks.StartReceive<int>(fits, 0, 2) };
        ExpectClass(MpiErrorClass.Truncated, () => PendingTransfer.WaitAll(receives));
        Expect.Equal(1, receives[1].Wait().Count<int>());
        Expect.Equal(6, fits[0]);
    }

    // Each rank makes these calls independently, so only calls that fail before any communication are tested.
    private static void Lengths(ICommunicator ranks)
    {
        using var self = ranks.Split(ranks.Rank)!;
        Expect.Throws<ArgumentException>(() => self.Scatter<int>(new int[3], new int[2]));
        Expect.Throws<ArgumentException>(() => self.Gather<int>(new int[2], new int[3]));
        Expect.Throws<ArgumentException>(() => self.Scatter<int>(new int[3], [2], new int[2]));
        Expect.Throws<ArgumentException>(() => self.Scatter<int>(new int[3], [1, 2], new int[1]));
        Expect.Throws<ArgumentException>(() => self.Gather<int>(new int[2], new int[1], [1]));
        Expect.Throws<ArgumentException>(() => self.Gather<int>(new int[1], new int[1], [-1]));
        Expect.Throws<ArgumentException>(() => self.AllReduce<int>(new int[2], new int[1], ReduceOperation.Sum));
        Expect.Throws<ArgumentException>(() => self.Reduce<int>(new int[2], new int[1], ReduceOperation.Sum));
        Expect.Throws<InvalidOperationException>(() => new MessageStatus(0, 0, 7).Count<int>());
    }

    private static void Reductions(ICommunicator ranks)
    {
        Expect.Throws<ArgumentException>(() =>
            ranks.AllReduce<decimal>(new decimal[1], new decimal[1], ReduceOperation.Sum)
        );
        Expect.Throws<ArgumentException>(() =>
            ranks.AllReduce<double>(new double[1], new double[1], ReduceOperation.Xor)
        );
        Expect.Throws<ArgumentOutOfRangeException>(() =>
            ranks.AllReduce<int>(new int[1], new int[1], (ReduceOperation)99)
        );
    }

    private static void StillWorks(ICommunicator ranks)
    {
        var sum = new int[1];
        ranks.AllReduce<int>([1], sum, ReduceOperation.Sum);
        Expect.Equal(ranks.Size, sum[0]);
        Expect.True(!ranks.TryProbe(out _), "no message is left");
    }

    private static void ExpectClass(MpiErrorClass errorClass, Action action)
    {
        var error = Expect.Throws<MpiException>(action);
        Expect.Equal(errorClass, error.ErrorClass);
        Expect.True(error.Message.Length > 10, "the error has a message");
    }
}
