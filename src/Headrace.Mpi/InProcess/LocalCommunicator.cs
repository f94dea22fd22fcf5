using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Headrace.Mpi.InProcess;

/// <summary>
/// Connects ranks that are threads of this process. A send copies the message and never waits. Collective calls are
/// composed of messages in a separate context, and reductions combine the values in the order of the ranks.
/// </summary>
internal sealed class LocalCommunicator(LocalGroup group, int context, LocalMailbox[] mailboxes, int rank)
    : ICommunicator
{
    private int CollectiveContext => context + 1;

    private LocalMailbox Own => mailboxes[rank];

    public int Rank => rank;

    public int Size => mailboxes.Length;

    public void Send<T>(ReadOnlySpan<T> message, int destination, int tag = 0)
        where T : unmanaged
    {
        RequireTag(tag, mayBeAny: false);
        if (!IsNone(destination, mayBeAny: false))
            Send(context, message, destination, tag);
    }

    public MessageStatus Receive<T>(Span<T> buffer, int source = Ranks.Any, int tag = Tags.Any)
        where T : unmanaged
    {
        RequireTag(tag, mayBeAny: true);
        return IsNone(source, mayBeAny: true) ? Nothing : Receive(context, buffer, source, tag);
    }

    public PendingTransfer StartSend<T>(ReadOnlyMemory<T> message, int destination, int tag = 0)
        where T : unmanaged
    {
        Send(message.Span, destination, tag);
        return new LocalTransfer<T>(Own, null, default);
    }

    public PendingTransfer StartReceive<T>(Memory<T> buffer, int source = Ranks.Any, int tag = Tags.Any)
        where T : unmanaged
    {
        RequireTag(tag, mayBeAny: true);
        var receive = new LocalReceive(context, source, tag);
        if (IsNone(source, mayBeAny: true))
            receive.Message = new LocalMessage(context, Ranks.None, Tags.Any, []);
        else
            Own.Add(receive);
        return new LocalTransfer<T>(Own, receive, buffer);
    }

    public MessageStatus Probe(int source = Ranks.Any, int tag = Tags.Any)
    {
        RequireTag(tag, mayBeAny: true);
        return IsNone(source, mayBeAny: true)
            ? Nothing
            : Own.WaitUntilFound(new LocalReceive(context, source, tag)).Status;
    }

    public bool TryProbe(out MessageStatus status, int source = Ranks.Any, int tag = Tags.Any)
    {
        RequireTag(tag, mayBeAny: true);
        var isNone = IsNone(source, mayBeAny: true);
        var found = isNone ? null : Own.Find(new LocalReceive(context, source, tag));
        status = isNone ? Nothing : found?.Status ?? default;
        return isNone || found is not null;
    }

    public void Broadcast<T>(Span<T> buffer, int root = 0)
        where T : unmanaged
    {
        RequireRoot(root);
        if (rank != root)
            Receive(CollectiveContext, buffer, root, 0);
        else
            for (var other = 0; other < Size; other++)
                if (other != root)
                    Send<T>(CollectiveContext, buffer, other, 0);
    }

    public void Scatter<T>(ReadOnlySpan<T> all, Span<T> part, int root = 0)
        where T : unmanaged
    {
        RequireRoot(root);
        if (rank == root)
            PartLengths.RequireEven(all.Length, part.Length, Size);
        ScatterParts(all, rank == root ? Even(part.Length) : [], part, root);
    }

    public void Scatter<T>(ReadOnlySpan<T> all, ReadOnlySpan<int> counts, Span<T> part, int root = 0)
        where T : unmanaged
    {
        RequireRoot(root);
        if (rank == root)
            PartLengths.RequireCounts(all.Length, counts, part.Length, rank, Size);
        ScatterParts(all, counts, part, root);
    }

    public void Gather<T>(ReadOnlySpan<T> part, Span<T> all, int root = 0)
        where T : unmanaged
    {
        RequireRoot(root);
        if (rank == root)
            PartLengths.RequireEven(all.Length, part.Length, Size);
        GatherParts(part, all, rank == root ? Even(part.Length) : [], root);
    }

    public void Gather<T>(ReadOnlySpan<T> part, Span<T> all, ReadOnlySpan<int> counts, int root = 0)
        where T : unmanaged
    {
        RequireRoot(root);
        if (rank == root)
            PartLengths.RequireCounts(all.Length, counts, part.Length, rank, Size);
        GatherParts(part, all, counts, root);
    }

    public void Reduce<T>(ReadOnlySpan<T> values, Span<T> results, ReduceOperation operation, int root = 0)
        where T : unmanaged, INumber<T>
    {
        RequireRoot(root);
        ReduceCheck.Require<T>(operation);
        if (rank != root)
        {
            Send(CollectiveContext, values, root, 0);
            return;
        }
        PartLengths.RequireSame(values.Length, results.Length);
        // The results may be written to the same memory as this rank's own values.
        var own = values.ToArray();
        var others = new T[values.Length];
        for (var other = 0; other < Size; other++)
        {
            if (other != rank)
                Receive<T>(CollectiveContext, others, other, 0);
            var next = other == rank ? own : others;
            if (other == 0)
                next.CopyTo(results);
            else
                Reduction.Apply(results, next, operation);
        }
    }

    public void AllReduce<T>(ReadOnlySpan<T> values, Span<T> results, ReduceOperation operation)
        where T : unmanaged, INumber<T>
    {
        PartLengths.RequireSame(values.Length, results.Length);
        Reduce(values, results, operation);
        Broadcast(results);
    }

    public void Barrier() => AllReduce<byte>([0], stackalloc byte[1], ReduceOperation.Max);

    public ICommunicator? Split(int? color, int key = 0)
    {
        if (color < 0)
            throw new ArgumentOutOfRangeException(nameof(color), color, "Use 0 or more, or null to join no group.");
        // Each rank sends its color and key to rank 0, which replies with a context for each color.
        var entries = new SplitEntry[Size];
        Gather<SplitEntry>([new SplitEntry(color ?? -1, key, rank, 0)], entries);
        if (rank == 0)
            foreach (var members in entries.GroupBy(entry => entry.Color).ToList())
            {
                var created = group.NewContext();
                foreach (var member in members)
                    entries[member.Rank] = member with { Context = created };
            }
        Broadcast<SplitEntry>(entries);
        if (color is null)
            return null;
        var ordered = entries.Where(entry => entry.Color == color).OrderBy(entry => entry.Key).ToList();
        return new LocalCommunicator(
            group,
            entries[rank].Context,
            [.. ordered.Select(entry => mailboxes[entry.Rank])],
            ordered.FindIndex(entry => entry.Rank == rank)
        );
    }

    public void Dispose()
    {
        // A communicator owns no resources, because its messages are in the mailboxes of the group.
    }

    private static MessageStatus Nothing => new(Ranks.None, Tags.Any, 0);

    private void ScatterParts<T>(ReadOnlySpan<T> all, ReadOnlySpan<int> counts, Span<T> part, int root)
        where T : unmanaged
    {
        if (rank != root)
        {
            Receive(CollectiveContext, part, root, 0);
            return;
        }
        for (var (other, offset) = (0, 0); other < Size; offset += counts[other++])
        {
            var portion = all.Slice(offset, counts[other]);
            if (other == rank)
                portion.CopyTo(part);
            else
                Send(CollectiveContext, portion, other, 0);
        }
    }

    private void GatherParts<T>(ReadOnlySpan<T> part, Span<T> all, ReadOnlySpan<int> counts, int root)
        where T : unmanaged
    {
        if (rank != root)
        {
            Send(CollectiveContext, part, root, 0);
            return;
        }
        for (var (other, offset) = (0, 0); other < Size; offset += counts[other++])
        {
            var place = all.Slice(offset, counts[other]);
            if (other == rank)
                part.CopyTo(place);
            else
                Receive(CollectiveContext, place, other, 0);
        }
    }

    private void Send<T>(int channel, ReadOnlySpan<T> message, int destination, int tag)
        where T : unmanaged
    {
        if ((long)message.Length * Unsafe.SizeOf<T>() > Array.MaxLength)
            throw new ArgumentException(
                $"The message is {(long)message.Length * Unsafe.SizeOf<T>()} bytes, but ranks in the same process can "
                    + $"send at most {Array.MaxLength}. Send it in parts, or run the ranks with MPI."
            );
        mailboxes[destination].Add(new LocalMessage(channel, rank, tag, MemoryMarshal.AsBytes(message).ToArray()));
    }

    private MessageStatus Receive<T>(int channel, Span<T> buffer, int source, int tag)
        where T : unmanaged
    {
        var receive = new LocalReceive(channel, source, tag);
        Own.Add(receive);
        Own.WaitFor(receive);
        return receive.CopyTo(buffer);
    }

    private int[] Even(int count)
    {
        var counts = new int[Size];
        counts.AsSpan().Fill(count);
        return counts;
    }

    private bool IsNone(int other, bool mayBeAny)
    {
        if (other == Ranks.None)
            return true;
        if ((other != Ranks.Any || !mayBeAny) && (other < 0 || other >= Size))
            throw new MpiException(MpiErrorClass.Rank, $"There is no rank {other}; the group has {Size} ranks.");
        return false;
    }

    private void RequireRoot(int root)
    {
        if (root < 0 || root >= Size)
            throw new MpiException(
                MpiErrorClass.Root,
                $"The root is rank {root}, which does not exist; the group has {Size} ranks."
            );
    }

    private static void RequireTag(int tag, bool mayBeAny)
    {
        if (tag < 0 && (tag != Tags.Any || !mayBeAny))
            throw new MpiException(MpiErrorClass.Tag, $"The tag is {tag}. Use 0 to 32,767.");
    }

    private readonly record struct SplitEntry(int Color, int Key, int Rank, int Context);
}
