using System.Buffers.Binary;
using System.Security.Cryptography;
using static Headrace.Apps.Sha512.Engine.Sha512Constants;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>Hashes many items at once on one thread, each with its own length and number of hashes.</summary>
/// <remarks>
/// <para>
/// <b>Multi-buffer hashing, in a minute.</b> SHA-512 cannot be parallelised within one message: every block needs the
/// state that the block before left, and every round the
/// words that the round before made. But sixteen <i>different</i> messages have nothing to do with each other. So the
/// first words of sixteen states are laid side by side into
/// two vector registers, the second words into two others, and so on; then each instruction of the algorithm does its
/// work for eight, and while its result is under way, the same one for the
/// other eight. Such a place in the registers is a <i>lane</i>. A <i>step</i>, a compression of one block in every
/// lane, takes about 1.5 times as long for sixteen lanes as for one. A digest and its
/// padding fit one block, so each further hash of an item is exactly one step of its lane.
/// </para>
/// <para>
/// <b>What is hard about it</b> is to keep the lanes busy: items are of different length, and a lane whose item has
/// ended computes rubbish at full price until it has another.
/// So the engine runs <i>stretches</i>: as many steps as no lane needs less than. A stretch ends where an item ends, a
/// payload turns into its chain, or the slice is over; an item
/// that has ended gives its digest away, and its lane gets the next one from the source at once (<see cref="Run"/>).
/// Payloads and chains of digests share the steps: a lane reads its block either from its payload or from its own
/// digest.
/// </para>
/// <para>
/// <b>Where to read on.</b> <see cref="Compression{TWords,TWord}"/> is the algorithm, once, over
/// <see cref="IWord{TWords}"/>: one word of every lane. <see cref="Avx512Word"/> and <see cref="Avx2Word"/>
/// say which instructions that is; <see cref="PairWord{TWords,TWord}"/> makes two groups of one.
/// <see cref="LaneMemory"/> says where state and message of a lane lie, <see cref="Lane{T}"/> how an
/// item becomes blocks, <see cref="Kernel"/> which width this processor takes.
/// </para>
/// <para>
/// Live lanes are always the first ones: so a kernel can take a narrower path when few are in use. An engine belongs to
/// one thread at a time.
/// </para>
/// </remarks>
internal sealed unsafe class HashEngine<T>(Kernel kernel) : IDisposable
{
    private readonly LaneMemory _memory = new();
    private readonly Lane<T>[] _lanes = [.. Enumerable.Range(0, kernel.Lanes).Select(_ => new Lane<T>())];

    /// <summary>Lanes that hold an item.</summary>
    public int Live { get; private set; }

    /// <summary>Compressions that items needed.</summary>
    public long Used { get; private set; }

    /// <summary>
    /// Compressions there was room for in the same steps: <see cref="Used"/> when no lane was ever idle.
    /// </summary>
    public long Room { get; private set; }

    /// <summary>
    /// One slice of some milliseconds: fills free lanes from the source, steps, and hands on what ends, until the slice
    /// is over or nothing is left to do. Between two slices
    /// the caller looks after cancellations and progress (<see cref="Look"/>).
    /// </summary>
    public void Run(ILaneSource<T> source)
    {
        for (long left = kernel.StepsOfSlice; ; )
        {
            Fill(source);
            if (Live == 0 || left <= 0)
                return;
            left -= Math.Min(left, Stretch(left));
            // From the last to the first: the lane that moves into an ended one's place has been looked at.
            for (var lane = Live - 1; lane >= 0; lane--)
                if (_lanes[lane].Left == 0)
                    End(lane, source);
        }
    }

    /// <summary>
    /// Shows every item with the part of its hashes that is done; one that is not to be kept loses its lane and gets no
    /// digest.
    /// </summary>
    public void Look(Func<T, double, bool> keep)
    {
        for (var lane = Live - 1; lane >= 0; lane--)
            if (!keep(_lanes[lane].Item, (double)_lanes[lane].Done / _lanes[lane].Hashes))
                Remove(lane);
    }

    public void Dispose()
    {
        while (Live > 0)
            Remove(Live - 1);
        _memory.Dispose();
    }

    private void Fill(ILaneSource<T> source)
    {
        while (Live < kernel.Lanes && source.TryTake(out var item, out var payload, out var hashes))
        {
            _lanes[Live].Begin(item, payload, hashes);
            _memory.Begin(Live++);
        }
    }

    /// <summary>
    /// Runs as many steps as every live lane needs in the phase it is in, and at most <paramref name="most"/>; the
    /// answer is how many that were.
    /// </summary>
    private long Stretch(long most)
    {
        var steps = most;
        var payloads = 0;
        for (var lane = 0; lane < Live; lane++)
        {
            steps = Math.Min(steps, _lanes[lane].Left);
            if (_lanes[lane].InPayload)
                payloads++;
        }
        if (payloads > 0 && Live < kernel.LanesForPayloads && TryFramework() is var hashed and > 0)
            return hashed;
        if (payloads == 0)
            kernel.Chain(_memory, Live, (int)steps);
        else
            for (var step = 0L; step < steps; step++)
                StepBlocks(payloads < Live);
        for (var lane = 0; lane < Live; lane++)
            _lanes[lane].Left -= steps;
        Used += steps * Live;
        Room += steps * kernel.Lanes;
        EndPayloads();
        return steps;
    }

    /// <summary>One step in which some lanes read their payload, the others their digest.</summary>
    private void StepBlocks(bool someChain)
    {
        // Every lane gets its digest as the message; those in their payload overwrite theirs below.
        if (someChain)
            _memory.DigestsToMessages();
        for (var lane = 0; lane < Live; lane++)
        {
            if (!_lanes[lane].InPayload)
            {
                // A digest is a new message: its hash begins with the initial state.
                _memory.Begin(lane);
                continue;
            }
            var block = _lanes[lane].NextBlock();
            var words = _memory.Message + lane;
            for (var word = 0; word < BlockWords; word++)
                words[word * LaneMemory.RowWords] = BinaryPrimitives.ReverseEndianness(block[word]);
        }
        kernel.Compress(_memory, Live);
    }

    /// <summary>
    /// Hashes the payloads that have not begun by the framework; the answer is how many steps that would have been.
    /// </summary>
    private long TryFramework()
    {
        Span<byte> digest = stackalloc byte[DigestBytes];
        var steps = 0L;
        for (var lane = 0; lane < Live; lane++)
        {
            if (!_lanes[lane].InPayload || !_lanes[lane].AtStart)
                continue;
            SHA512.HashData(_lanes[lane].Payload, digest);
            for (var word = 0; word < StateWords; word++)
                _memory.State[(word * LaneMemory.RowWords) + lane] = BinaryPrimitives.ReadUInt64BigEndian(
                    digest[(8 * word)..]
                );
            steps += _lanes[lane].Left;
            _lanes[lane].EndPayload();
        }
        Used += steps;
        Room += steps;
        return steps;
    }

    private void EndPayloads()
    {
        for (var lane = 0; lane < Live; lane++)
            if (_lanes[lane] is { InPayload: true, Left: 0 })
                _lanes[lane].EndPayload();
    }

    private void End(int lane, ILaneSource<T> source)
    {
        Span<byte> digest = stackalloc byte[DigestBytes];
        for (var word = 0; word < StateWords; word++)
            BinaryPrimitives.WriteUInt64BigEndian(
                digest[(8 * word)..],
                _memory.State[(word * LaneMemory.RowWords) + lane]
            );
        var item = _lanes[lane].Item;
        Remove(lane);
        source.Ended(item, digest);
    }

    private void Remove(int lane)
    {
        _lanes[lane].Clear();
        Live--;
        if (lane == Live)
            return;
        (_lanes[lane], _lanes[Live]) = (_lanes[Live], _lanes[lane]);
        _memory.Move(Live, lane);
    }
}
