using System.Buffers;
using System.Buffers.Binary;
using static Headrace.Apps.Sha512.Engine.Sha512Constants;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// The progress of the item in one lane: first the blocks of its payload, with the padding at the end, and then its
/// chain of digests. The words of the lane are stored in a column of <see cref="LaneMemory"/>.
/// </summary>
internal sealed unsafe class Lane<T>
{
    // The last one or two blocks, which contain the rest of the payload, 0x80, zeros, and the length in 16 bytes.
    private readonly byte[] _tail = GC.AllocateArray<byte>(2 * BlockBytes, pinned: true);
    private ReadOnlyMemory<byte> _payload;
    private MemoryHandle _pin;
    private byte* _next;
    private int _wholeBlocks;

    public T Item { get; private set; } = default!;

    public ReadOnlySpan<byte> Payload => _payload.Span;

    /// <summary>Whether the payload is not yet completely hashed.</summary>
    public bool InPayload { get; private set; }

    /// <summary>Whether no block has been taken yet.</summary>
    public bool AtStart { get; private set; }

    /// <summary>Number of compressions left in this phase: blocks of the payload, or hashes of the digest.</summary>
    public long Left { get; set; }

    public long Hashes { get; private set; }

    /// <summary>Number of completed hashes. The payload counts as one hash once it is completely hashed.</summary>
    public long Done => InPayload ? 0 : Hashes - Left;

    public void Begin(T item, ReadOnlyMemory<byte> payload, long hashes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hashes, 1);
        (Item, _payload, Hashes, InPayload, AtStart) = (item, payload, hashes, true, true);
        _pin = payload.Pin();
        _next = (byte*)_pin.Pointer;
        _wholeBlocks = payload.Length / BlockBytes;
        var rest = payload.Length % BlockBytes;
        var tailBlocks = rest + 1 + 16 <= BlockBytes ? 1 : 2;
        var tail = _tail.AsSpan(0, tailBlocks * BlockBytes);
        tail.Clear();
        payload.Span[^rest..].CopyTo(tail);
        tail[rest] = 0x80;
        BinaryPrimitives.WriteInt64BigEndian(tail[^8..], 8L * payload.Length);
        Left = _wholeBlocks + tailBlocks;
    }

    /// <summary>Returns the 128 bytes of the next block.</summary>
    public ulong* NextBlock()
    {
        AtStart = false;
        // The tail follows the last whole block. Its array is pinned, so the pointer stays valid.
        if (_wholeBlocks-- == 0)
            fixed (byte* tail = _tail)
                _next = tail;
        var block = _next;
        _next += BlockBytes;
        return (ulong*)block;
    }

    /// <summary>Switches from the payload to the hashes of its digest.</summary>
    public void EndPayload()
    {
        Release();
        (InPayload, Left) = (false, Hashes - 1);
    }

    /// <summary>Releases the payload.</summary>
    public void Release()
    {
        _pin.Dispose();
        (_pin, _payload) = (default, default);
        _next = null;
    }

    /// <summary>
    /// Also releases the reference to the item, so that the lane does not keep the objects of a finished job in memory.
    /// </summary>
    public void Clear()
    {
        Release();
        Item = default!;
    }
}
