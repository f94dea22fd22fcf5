using System.Buffers.Binary;
using System.Text;
using Headrace.Core.Jobs;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// Reads the fields of a message from one buffer; payloads are slices of it, so whoever keeps one keeps the buffer.
/// Every length is held against what is left before anything is made of it.
/// <para>As Protobuf has it: fields come in any order and unknown ones are skipped; of a field that comes twice the
/// last counts, and a sub-message that comes twice is one, with the fields of both.
/// A known field in another layout than the contract's is refused, where the generated code would take it for an
/// unknown one: its sender means another contract.</para>
/// </summary>
internal ref struct WireReader
{
    /// <summary>
    /// So many are made room for at once; a message that says it has more gets its room as they come.
    /// </summary>
    public const int MostExpected = 4_096;

    private const int LongestVarint = 10;

    private readonly ReadOnlyMemory<byte> _memory;
    private readonly ReadOnlySpan<byte> _bytes;
    private RecentTexts _texts;
    private int _at;
    private int _end;
    private WireType _type;

    public WireReader(ReadOnlyMemory<byte> memory)
    {
        _memory = memory;
        _bytes = memory.Span;
        _end = _bytes.Length;
    }

    /// <summary>The number of the field that comes next.</summary>
    public int Field { get; private set; }

    /// <summary>
    /// Goes on to the next field of this message; false at its end. The value must be read or skipped before the next
    /// call.
    /// </summary>
    public bool Next()
    {
        if (_at == _end)
            return false;
        var tag = (uint)Varint();
        (Field, _type) = ((int)(tag >> 3), (WireType)(tag & 7));
        if (Field == 0)
            throw new WireFormatException($"At byte {_at} a field has the number 0.");
        return true;
    }

    /// <summary>Passes over a value nobody asked for.</summary>
    public void Skip()
    {
        switch (_type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Pass(sizeof(ulong));
                break;
            case WireType.Bytes:
                Pass(Length());
                break;
            case WireType.Fixed32:
                Pass(sizeof(uint));
                break;
            default:
                throw new WireFormatException(
                    $"At byte {_at} the field {Field} has the wire type {(int)_type}, which proto3 does not have."
                );
        }
    }

    public ulong Number()
    {
        Expect(WireType.Varint);
        return Varint();
    }

    /// <summary>Reads a sint32.</summary>
    public int ZigZag()
    {
        var bits = (uint)Number();
        return (int)(bits >> 1) ^ -(int)(bits & 1);
    }

    public bool Flag() => Number() != 0;

    public ulong Fixed64()
    {
        Expect(WireType.Fixed64);
        return BinaryPrimitives.ReadUInt64LittleEndian(_bytes[Pass(sizeof(ulong))..]);
    }

    public double Double() => BitConverter.UInt64BitsToDouble(Fixed64());

    public ReadOnlyMemory<byte> Bytes()
    {
        Expect(WireType.Bytes);
        var length = Length();
        return _memory.Slice(Pass(length), length);
    }

    /// <summary>Text that nobody may need as a string: its bytes, which are UTF-8.</summary>
    public ReadOnlyMemory<byte> Utf8()
    {
        var bytes = Bytes();
        return System.Text.Unicode.Utf8.IsValid(bytes.Span)
            ? bytes
            : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes.Span));
    }

    /// <summary>
    /// Text. What is not UTF-8 in it becomes U+FFFD: an outcome is not lost for the words of its error.
    /// </summary>
    public string Text()
    {
        Expect(WireType.Bytes);
        var length = Length();
        var at = Pass(length);
        if (length == 0)
            return "";
        var utf8 = _bytes.Slice(at, length);
        if (length > RecentTexts.Longest)
            return Encoding.UTF8.GetString(utf8);
        ref var place = ref _texts[Field % RecentTexts.Places];
        if (place.Text is null || !_bytes.Slice(place.At, place.Length).SequenceEqual(utf8))
            place = new RecentTexts.Place
            {
                At = at,
                Length = length,
                Text = Encoding.UTF8.GetString(utf8),
            };
        return place.Text;
    }

    /// <summary>
    /// Steps into a sub-message, of which <see cref="Next"/> gives the fields from here; the answer is for
    /// <see cref="Leave"/>.
    /// </summary>
    public int Enter()
    {
        Expect(WireType.Bytes);
        var length = Length();
        var outer = _end;
        _end = _at + length;
        return outer;
    }

    /// <summary>Goes on with the message around the one that has ended.</summary>
    public void Leave(int outer) => _end = outer;

    /// <summary>
    /// The message Lease, its numbers as they are: a job or an attempt that is too large comes out negative.
    /// </summary>
    public LeaseToken Lease()
    {
        var (job, attempt) = (0L, 0);
        var outer = Enter();
        while (Next())
        {
            switch (Field)
            {
                case 1:
                    job = (long)Number();
                    break;
                case 2:
                    attempt = (int)Number();
                    break;
                default:
                    Skip();
                    break;
            }
        }
        Leave(outer);
        return new LeaseToken(new JobId(job), attempt);
    }

    /// <summary>
    /// How often a field comes in this message, for the size of its list. A malformed rest is found when it is read.
    /// </summary>
    public readonly int Expected(int field)
    {
        var ahead = this;
        var count = 0;
        while (count < MostExpected && ahead.Next())
        {
            if (ahead.Field == field)
                count++;
            ahead.Skip();
        }
        return count;
    }

    private readonly void Expect(WireType type)
    {
        if (_type != type)
            throw new WireFormatException(
                $"At byte {_at} the field {Field} has the wire type {(int)_type}, and the contract gives it {(int)type}."
            );
    }

    /// <summary>A length that what is left can hold.</summary>
    private int Length()
    {
        var length = (uint)Varint();
        if (length > (uint)(_end - _at))
            throw new WireFormatException(
                $"At byte {_at} the field {Field} says that it has {length} bytes, and {_end - _at} are left."
            );
        return (int)length;
    }

    /// <summary>Steps over bytes; the answer is where they begin.</summary>
    private int Pass(int length)
    {
        if (length > _end - _at)
            throw new WireFormatException($"At byte {_at} the message ends within the field {Field}.");
        var at = _at;
        _at += length;
        return at;
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var i = 0; i < LongestVarint; i++)
        {
            if (_at == _end)
                throw new WireFormatException($"At byte {_at} the message ends within a number.");
            var next = _bytes[_at++];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
                return value;
        }
        throw new WireFormatException($"At byte {_at} a number has more than {LongestVarint} bytes.");
    }
}
