using Headrace.Mpi;

namespace Headrace.MpiConformance;

/// <summary>Checks sends, receives and probes.</summary>
internal static class MessageChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("ranks are numbered from 0", Ranks),
        new("a message travels around the ring", Ring),
        new("an empty message arrives", Empty),
        new("messages keep their order", Order),
        new("a tag selects a message", Selection),
        new("any rank can be received from", AnySource),
        new("a structure is a message", Structures),
        new("a message of megabytes arrives unchanged", Large),
        new("a buffer may be longer than its message", LongBuffer),
        new("a message to no rank does nothing", NoRank),
        new("a probe finds a message and leaves it", Probe),
        new("a probe without a message finds nothing", EmptyProbe),
    ];

    private static void Ranks(ICommunicator ranks)
    {
        Expect.True(ranks.Size >= 1, "there is a rank");
        Expect.True(ranks.Rank >= 0 && ranks.Rank < ranks.Size, "the rank is below the size");
        var seen = new int[ranks.Size];
        ranks.Gather<int>([ranks.Rank], seen);
        if (ranks.Rank == 0)
            Expect.Equal<int>([.. Enumerable.Range(0, ranks.Size)], seen);
    }

    private static void Ring(ICommunicator ranks)
    {
        var (next, last) = ((ranks.Rank + 1) % ranks.Size, (ranks.Rank + ranks.Size - 1) % ranks.Size);
        var received = new long[3];
        var receive = ranks.StartReceive<long>(received, last, 7);
        ranks.Send<long>([ranks.Rank, long.MaxValue, -1], next, 7);
        Expect.Equal(new MessageStatus(last, 7, 3 * sizeof(long)), receive.Wait());
        Expect.Equal<long>([last, long.MaxValue, -1], received);
    }

    private static void Empty(ICommunicator ranks)
    {
        if (ranks.Rank == 0)
            for (var other = 1; other < ranks.Size; other++)
                ranks.Send<double>([], other, 5);
        else
            Expect.Equal(new MessageStatus(0, 5, 0), ranks.Receive<double>([], 0, 5));
    }

    private static void Order(ICommunicator ranks)
    {
        const int Count = 200;
        if (ranks.Rank == 0)
            for (var other = 1; other < ranks.Size; other++)
                for (var i = 0; i < Count; i++)
                    ranks.Send<int>([i], other);
        for (var i = 0; ranks.Rank != 0 && i < Count; i++)
        {
            var received = new int[1];
            ranks.Receive<int>(received, 0);
            Expect.Equal(i, received[0]);
        }
    }

    private static void Selection(ICommunicator ranks)
    {
        if (ranks.Rank == 0)
            for (var other = 1; other < ranks.Size; other++)
            {
                ranks.Send<int>([1], other, 1);
                ranks.Send<int>([2], other, 2);
            }
        if (ranks.Rank == 0)
            return;
        var received = new int[2];
        ranks.Receive(received.AsSpan(0, 1), 0, 2);
        ranks.Receive(received.AsSpan(1, 1), 0, 1);
        Expect.Equal<int>([2, 1], received);
    }

    private static void AnySource(ICommunicator ranks)
    {
        if (ranks.Rank != 0)
        {
            ranks.Send<int>([ranks.Rank * 10], 0, ranks.Rank);
            return;
        }
        var sum = 0;
        for (var i = 1; i < ranks.Size; i++)
        {
            var received = new int[1];
            var status = ranks.Receive<int>(received);
            Expect.Equal(status.Source, status.Tag);
            Expect.Equal(status.Source * 10, received[0]);
            sum += status.Source;
        }
        Expect.Equal(ranks.Size * (ranks.Size - 1) / 2, sum);
    }

    private static void Structures(ICommunicator ranks)
    {
        if (ranks.Rank == 0)
            for (var other = 1; other < ranks.Size; other++)
                ranks.Send<Particle>([new(1, 2.5, 'x'), new(other, -1, 'ß')], other);
        if (ranks.Rank == 0)
            return;
        var received = new Particle[2];
        var status = ranks.Receive<Particle>(received, 0);
        Expect.Equal(2, status.Count<Particle>());
        Expect.Equal<Particle>([new(1, 2.5, 'x'), new(ranks.Rank, -1, 'ß')], received);
    }

    private static void Large(ICommunicator ranks)
    {
        const int Count = 1 << 19;
        var values = new double[Count];
        for (var i = 0; ranks.Rank == 0 && i < Count; i++)
            values[i] = i * 0.5;
        if (ranks.Rank == 0)
            for (var other = 1; other < ranks.Size; other++)
                ranks.Send<double>(values, other);
        else
            Expect.Equal(Count * (long)sizeof(double), ranks.Receive<double>(values, 0).Bytes);
        for (var i = 0; i < Count; i += 997)
            Expect.Equal(i * 0.5, values[i]);
    }

    private static void LongBuffer(ICommunicator ranks)
    {
        if (ranks.Rank == 0)
            for (var other = 1; other < ranks.Size; other++)
                ranks.Send<short>([1, 2], other);
        if (ranks.Rank == 0)
            return;
        short[] received = [9, 9, 9, 9];
        Expect.Equal(2, ranks.Receive<short>(received, 0).Count<short>());
        Expect.Equal<short>([1, 2, 9, 9], received);
    }

    private static void NoRank(ICommunicator ranks)
    {
        ranks.Send<int>([1], Mpi.Ranks.None);
        int[] received = [7];
        Expect.Equal(new MessageStatus(Mpi.Ranks.None, Tags.Any, 0), ranks.Receive<int>(received, Mpi.Ranks.None));
        Expect.Equal(7, received[0]);
    }

    private static void Probe(ICommunicator ranks)
    {
        if (ranks.Rank == 0)
            for (var other = 1; other < ranks.Size; other++)
                ranks.Send<byte>(new byte[other], other, 3);
        if (ranks.Rank == 0)
            return;
        var status = ranks.Probe();
        Expect.Equal(new MessageStatus(0, 3, ranks.Rank), status);
        Expect.True(ranks.TryProbe(out var again, 0, 3), "the message is still there");
        Expect.Equal(status, again);
        Expect.Equal(status, ranks.Receive<byte>(new byte[status.Bytes], status.Source, status.Tag));
        Expect.True(!ranks.TryProbe(out _, 0, 3), "the message was received");
    }

    private static void EmptyProbe(ICommunicator ranks)
    {
        Expect.True(!ranks.TryProbe(out var status), "there is no message");
        Expect.Equal(default, status);
    }

    private readonly record struct Particle(int Id, double Position, char Kind);
}
