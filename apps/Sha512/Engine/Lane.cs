using System.Buffers;
using System.Buffers.Binary;
using static Headrace.Apps.Sha512.Engine.Sha512Constants;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// The bookkeeping of one lane, whose numbers are a column of <see cref="LaneMemory"/>: the payload of one item, block
/// by block with the padding at the end, then its digest again and again.
/// </summary>
internal sealed unsafe class Lane<T>
{
    // 0x80, zeros, and the length in 16 bytes behind what is left of the payload: one block or two.
    private readonly byte[] _tail = GC.AllocateArray<byte>(2 * BlockBytes, pinned: true);
    private ReadOnlyMemory<byte> _payload;
    private MemoryHandle _pin;
    private byte* _next;
    private int _wholeBlocks;

    public T Item { get; private set; } = default!;

    public ReadOnlySpan<byte> Payload => _payload.Span;

    /// <summary>Its payload is not hashed to the end yet.</summary>
    public bool InPayload { get; private set; }

    /// <summary>No block has been taken.</summary>
    public bool AtStart { get; private set; }

    /// <summary>Compressions left in this phase: blocks of the payload, or hashes of the digest.</summary>
    public long Left { get; set; }

    public long Hashes { get; private set; }

    /// <summary>Hashes done; a payload counts when it is through.</summary>
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

    /// <summary>The 128 bytes of the next block.</summary>
    public ulong* NextBlock()
    {
        AtStart = false;
        // Behind the last whole block the tail goes on; its array never moves.
        if (_wholeBlocks-- == 0)
            fixed (byte* tail = _tail)
                _next = tail;
        var block = _next;
        _next += BlockBytes;
        return (ulong*)block;
    }

    /// <summary>The payload has been hashed; what is left are hashes of the digest.</summary>
    public void EndPayload()
    {
        Release();
        (InPayload, Left) = (false, Hashes - 1);
    }

    /// <summary>Lets go of the payload.</summary>
    public void Release()
    {
        _pin.Dispose();
        (_pin, _payload) = (default, default);
        _next = null;
    }

    /// <summary>Lets go of the item too: nothing of an ended job is kept alive by its lane.</summary>
    public void Clear()
    {
        Release();
        Item = default!;
    }
}
