using System.Runtime.InteropServices;
using static Headrace.Apps.Sha512.Engine.Sha512Constants;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// The working memory of a kernel. It is one page-aligned block, so that an unlucky allocation cannot place rows in the
/// same cache sets. A row contains one word of all 16 lanes; lane n is the n-th word of each row. Narrower kernels use
/// the first lanes of the same rows.
/// </summary>
internal sealed unsafe class LaneMemory : IDisposable
{
    /// <summary>Maximum number of lanes.</summary>
    public const int RowWords = 16;

    private const int PageBytes = 4_096;
    private const int MessageRows = Rounds;
    private readonly ulong* _block;

    public LaneMemory()
    {
        var words = ((MessageRows + (2 * StateWords)) * RowWords) + Rounds;
        _block = (ulong*)NativeMemory.AlignedAlloc((nuint)(words * sizeof(ulong)), PageBytes);
        new Span<ulong>(_block, words).Clear();
        State = _block + (MessageRows * RowWords);
        Initial = State + (StateWords * RowWords);
        Constants = Initial + (StateWords * RowWords);
        OfRound.CopyTo(new Span<ulong>(Constants, Rounds));
        for (var word = 0; word < StateWords; word++)
            new Span<ulong>(Initial + (word * RowWords), RowWords).Fill(Sha512Constants.Initial[word]);
    }

    /// <summary>16 rows that contain the current block, followed by 64 rows that contain its schedule.</summary>
    public ulong* Message => _block;

    /// <summary>
    /// 8 rows that contain the state of each lane. After the last compression of a hash, the state is the digest.
    /// </summary>
    public ulong* State { get; }

    /// <summary>8 rows that contain the initial state of every hash.</summary>
    public ulong* Initial { get; }

    /// <summary>The round constants, one word for each round.</summary>
    public ulong* Constants { get; }

    /// <summary>Makes the digest of every lane its next message and adds the padding of a 64-byte message.</summary>
    public void DigestsToMessages()
    {
        Rows(State, StateWords).CopyTo(Rows(Message, StateWords));
        Rows(Message + (StateWords * RowWords), BlockWords - StateWords).Clear();
        Rows(Message + (StateWords * RowWords), 1).Fill(1UL << 63);
        Rows(Message + ((BlockWords - 1) * RowWords), 1).Fill(8 * DigestBytes);
    }

    /// <summary>
    /// Copies the digests from the message rows, where the next hash would read them, to the state rows.
    /// </summary>
    public void MessagesToDigests() => Rows(Message, StateWords).CopyTo(Rows(State, StateWords));

    /// <summary>Starts a hash in one lane.</summary>
    public void Begin(int lane)
    {
        for (var word = 0; word < StateWords; word++)
            State[(word * RowWords) + lane] = Sha512Constants.Initial[word];
    }

    /// <summary>Moves the state of one lane to another.</summary>
    public void Move(int from, int to)
    {
        for (var word = 0; word < StateWords; word++)
            State[(word * RowWords) + to] = State[(word * RowWords) + from];
    }

    public void Dispose() => NativeMemory.AlignedFree(_block);

    private static Span<ulong> Rows(ulong* first, int count) => new(first, count * RowWords);
}
