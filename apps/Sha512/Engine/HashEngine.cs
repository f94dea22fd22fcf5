using System.Buffers.Binary;
using System.Security.Cryptography;
using static Headrace.Apps.Sha512.Engine.Sha512Constants;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>Hashes many items at once on one thread, each with its own length and number of hashes.</summary>
/// <remarks>
/// <para>
/// <b>Multi-buffer hashing in brief.</b> SHA-512 cannot be parallelised within one message: every block needs the state
/// after the previous block, and every round needs the words of the previous round. Sixteen <i>different</i> messages,
/// however, are independent. The first words of sixteen states are placed side by side in two vector registers, the
/// second words in two others, and so on. Each instruction of the algorithm then works on eight messages, and while its
/// result is in flight the same instruction works on the other eight. A position in these registers is a <i>lane</i>. A
/// <i>step</i>, the compression of one block in every lane, takes about 1.5 times as long for sixteen lanes as for one.
/// A digest and its padding fit in one block, so each further hash of an item is exactly one step of its lane.
/// </para>
/// <para>
/// <b>The difficulty</b> is to keep the lanes busy: items differ in length, and a lane without an item costs as much as
/// a busy one. The engine therefore runs <i>stretches</i>: sequences of steps in which every lane in use has work in
/// every step. A stretch ends when an item is finished, when a payload is completely hashed and its chain of digests
/// begins, or when the slice is over. When an item is finished, the source receives its digest, and the lane takes the
/// next item from the source immediately (<see cref="Run"/>). Payloads and chains of digests share the steps: a lane
/// reads its block either from its payload or from its own digest.
/// </para>
/// <para>
/// <b>Where to continue reading.</b> <see cref="Compression{TWords,TWord}"/> implements the algorithm once, in terms of
/// <see cref="IWord{TWords}"/>, which represents one word of every lane. <see cref="Avx512Word"/> and
/// <see cref="Avx2Word"/> map it to instructions; <see cref="PairWord{TWords,TWord}"/> combines two groups into one.
/// <see cref="LaneMemory"/> defines where the state and the message of each lane are stored. <see cref="Lane{T}"/>
/// splits an item into blocks. <see cref="Kernel"/> determines the width that this processor uses.
/// </para>
/// <para>
/// Lanes in use always come before free ones, so a kernel can use a narrower path when few lanes are in use. An engine
/// belongs to one thread at a time.
/// </para>
/// </remarks>
internal sealed unsafe class HashEngine<T>(Kernel kernel) : IDisposable
{
    private readonly LaneMemory _memory = new();
    private readonly Lane<T>[] _lanes = [.. Enumerable.Range(0, kernel.Lanes).Select(_ => new Lane<T>())];

    /// <summary>Number of lanes in use.</summary>
    public int Live { get; private set; }

    /// <summary>Number of compressions performed for items.</summary>
    public long Used { get; private set; }

    /// <summary>
    /// Number of compressions that the completed steps could have performed; equal to <see cref="Used"/> if no lane was
    /// ever idle.
    /// </summary>
    public long Room { get; private set; }

    /// <summary>
    /// Runs one slice of a few milliseconds: fills free lanes from the source, runs steps, and passes finished digests
    /// to the source, until the slice is over or no work is left. Between slices, the caller handles cancellation and
    /// progress (<see cref="Look"/>).
    /// </summary>
    public void Run(ILaneSource<T> source)
    {
        for (long left = kernel.StepsOfSlice; ;)
        {
            Fill(source);
            if (Live == 0 || left <= 0)
                return;
            left -= Math.Min(left, Stretch(left));
            // Visits the last lane first, because a finished lane is replaced by the last one, which has then already
            // been visited.
            for (var lane = Live - 1; lane >= 0; lane--)
                if (_lanes[lane].Left == 0)
                    End(lane, source);
        }
    }

    /// <summary>
    /// Calls <paramref name="keep"/> for every item, with the completed fraction of its hashes. If
    /// <paramref name="keep"/> returns false, the item is removed from its lane and the source receives no digest for
    /// it.
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
    /// Runs steps until the first lane in use completes its current phase or the limit <paramref name="most"/> is
    /// reached. Returns the number of steps.
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

    /// <summary>Runs one step in which some lanes read their payload and the others their digest.</summary>
    private void StepBlocks(bool someChain)
    {
        // The message of every lane is first set to its digest; lanes with a payload overwrite it below.
        if (someChain)
            _memory.DigestsToMessages();
        for (var lane = 0; lane < Live; lane++)
        {
            if (!_lanes[lane].InPayload)
            {
                // A digest is hashed as a new message, starting from the initial state.
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
    /// Uses the framework to hash every payload whose first block has not been hashed yet. Returns the number of steps
    /// that this replaces.
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
