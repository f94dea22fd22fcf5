using Headrace.Mpi;

namespace Headrace.MpiConformance;

/// <summary>Checks overlapping sends and receives.</summary>
internal static class TransferChecks
{
    private const int Many = 150;

    public static IReadOnlyList<Check> All { get; } =
    [
        new("many transfers complete together", Together),
        new("transfers complete in any order", AnyOrder),
        new("one of several transfers can be awaited", One),
        new("a transfer can be polled", Poll),
        new("large messages can be exchanged", Exchange),
        new("a transfer that has completed stays so", Repeated),
        new("a garbage collection does not move a message", Collection),
    ];

    private static void Together(ICommunicator ranks)
    {
        var (next, last) = ((ranks.Rank + 1) % ranks.Size, (ranks.Rank + ranks.Size - 1) % ranks.Size);
        var received = new int[Many][];
        var transfers = new List<PendingTransfer>();
        for (var i = 0; i < Many; i++)
            transfers.Add(ranks.StartReceive<int>(received[i] = new int[2], last, i));
        for (var i = 0; i < Many; i++)
            transfers.Add(ranks.StartSend<int>(new[] { ranks.Rank, i }, next, i));
        PendingTransfer.WaitAll([.. transfers]);
        for (var i = 0; i < Many; i++)
        {
            Expect.Equal<int>([last, i], received[i]);
            Expect.Equal(new MessageStatus(last, i, 2 * sizeof(int)), transfers[i].Wait());
        }
    }

    private static void AnyOrder(ICommunicator ranks)
    {
        var (next, last) = ((ranks.Rank + 1) % ranks.Size, (ranks.Rank + ranks.Size - 1) % ranks.Size);
        var (first, second) = (new int[1], new int[1]);
        var receives = new[] { ranks.StartReceive<int>(first, last), ranks.StartReceive<int>(second, last) };
        ranks.Send<int>([1], next);
        ranks.Send<int>([2], next);
        receives[1].Wait();
        receives[0].Wait();
        Expect.Equal<int>([1, 2], [first[0], second[0]]);
    }

    private static void One(ICommunicator ranks)
    {
        var (next, last) = ((ranks.Rank + 1) % ranks.Size, (ranks.Rank + ranks.Size - 1) % ranks.Size);
        var received = new int[3][];
        var receives = new PendingTransfer[3];
        for (var tag = 0; tag < receives.Length; tag++)
            receives[tag] = ranks.StartReceive<int>(received[tag] = new int[1], last, tag);
        // Only the last of the three receives can complete before the barrier.
        ranks.Send<int>([ranks.Rank], next, 2);
        Expect.Equal(2, PendingTransfer.WaitAny(receives));
        Expect.Equal(last, received[2][0]);
        Expect.Equal(2, PendingTransfer.WaitAny(receives));
        ranks.Barrier();
        ranks.Send<int>([7], next, 0);
        Expect.Equal(0, PendingTransfer.WaitAny(receives.AsSpan(0, 2)));
        ranks.Send<int>([8], next, 1);
        PendingTransfer.WaitAll(receives);
        Expect.Equal<int>([7, 8, last], [received[0][0], received[1][0], received[2][0]]);
        Expect.Throws<ArgumentException>(() => PendingTransfer.WaitAny());
    }

    private static void Poll(ICommunicator ranks)
    {
        var (next, last) = ((ranks.Rank + 1) % ranks.Size, (ranks.Rank + ranks.Size - 1) % ranks.Size);
        var received = new byte[1];
        var receive = ranks.StartReceive<byte>(received, last, 9);
        Expect.True(!receive.TryComplete(out _), "nothing was sent before the barrier");
        ranks.Barrier();
        ranks.Send<byte>([42], next, 9);
        MessageStatus status;
        while (!receive.TryComplete(out status))
            Thread.Yield();
        Expect.Equal(new MessageStatus(last, 9, 1), status);
        Expect.Equal(42, received[0]);
    }

    private static void Exchange(ICommunicator ranks)
    {
        const int Count = 1 << 18;
        var (next, last) = ((ranks.Rank + 1) % ranks.Size, (ranks.Rank + ranks.Size - 1) % ranks.Size);
        var (sent, received) = (new long[Count], new long[Count]);
        Array.Fill(sent, ranks.Rank);
        PendingTransfer.WaitAll(ranks.StartReceive<long>(received, last), ranks.StartSend<long>(sent, next));
        Expect.True(!received.AsSpan().ContainsAnyExcept(last), "each element is that of the neighbour");
    }

    private static void Repeated(ICommunicator ranks)
    {
        var (next, last) = ((ranks.Rank + 1) % ranks.Size, (ranks.Rank + ranks.Size - 1) % ranks.Size);
        var receive = ranks.StartReceive<int>(new int[1], last);
        var send = ranks.StartSend<int>(new[] { 1 }, next);
        // Waits for the same transfer twice, and for a transfer that has already completed.
        PendingTransfer.WaitAll(receive, receive, send);
        PendingTransfer.WaitAll(receive, send);
        Expect.True(receive.TryComplete(out var status), "the receive has completed");
        Expect.Equal(status, receive.Wait());
        Expect.Equal(default, send.Wait());
    }

    private static void Collection(ICommunicator ranks)
    {
        var (next, last) = ((ranks.Rank + 1) % ranks.Size, (ranks.Rank + ranks.Size - 1) % ranks.Size);
        for (var i = 0; i < 20; i++)
        {
            // Allocates garbage before the buffer, so that a compacting collection would move the buffer.
            _ = new byte[50_000];
            var received = new int[100];
            var receive = ranks.StartReceive<int>(received, last);
            GC.Collect(0, GCCollectionMode.Forced, blocking: true, compacting: true);
            ranks.Send<int>([.. Enumerable.Range(i, 100)], next);
            receive.Wait();
            Expect.Equal<int>([.. Enumerable.Range(i, 100)], received);
        }
    }
}
