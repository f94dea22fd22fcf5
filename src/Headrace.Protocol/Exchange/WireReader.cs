using System.Buffers.Binary;
using System.Text;
using Headrace.Core.Jobs;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// Reads the fields of a Protobuf message from one buffer. Payloads are slices of the buffer and keep it in memory.
/// Each length is checked against the remaining bytes before memory is allocated for it.
/// <para>
/// The rules are those of Protobuf: fields may appear in any order, unknown fields are skipped, the last value of a
/// repeated scalar field wins, and the parts of a sub-message that occurs twice are merged. One rule is stricter: a
/// known field with a different wire type is rejected, whereas Google's code treats it as unknown. A sender of such a
/// field uses a different contract.
/// </para>
/// </summary>
internal ref struct WireReader
{
    /// <summary>Maximum initial capacity of a list. A longer list grows as its entries are read.</summary>
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

    /// <summary>The number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>
    /// Moves to the next field of this message. Returns false at the end of the message. The caller must read or skip
    /// the value of the field before the next call.
    /// </summary>
    public bool Next()
    {
        if (_at == _end)
            return false;
        var tag = (uint)Varint();
        (Field, _type) = ((int)(tag >> 3), (WireType)(tag & 7));
        if (Field == 0)
            throw new WireFormatException($"The tag before byte {_at} has field number 0, which is not valid.");
        return true;
    }

    /// <summary>Skips the value of an unknown field.</summary>
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
                    $"Field {Field} at byte {_at} has wire type {(int)_type}, which proto3 does not use."
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

    /// <summary>
    /// Reads text as UTF-8, for fields that are rarely needed as a string. Invalid bytes are replaced with U+FFFD.
    /// </summary>
    public ReadOnlyMemory<byte> Utf8()
    {
        var bytes = Bytes();
        return System.Text.Unicode.Utf8.IsValid(bytes.Span)
            ? bytes
            : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes.Span));
    }

    /// <summary>
    /// Reads text. Invalid UTF-8 is replaced with U+FFFD, so that an outcome is never lost because of its error text.
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
        ref var entry = ref _texts[Field % RecentTexts.Entries];
        if (entry.Text is null || !_bytes.Slice(entry.At, entry.Length).SequenceEqual(utf8))
            entry = new RecentTexts.Entry
            {
                At = at,
                Length = length,
                Text = Encoding.UTF8.GetString(utf8),
            };
        return entry.Text;
    }

    /// <summary>
    /// Enters a sub-message, so that <see cref="Next"/> returns its fields. Pass the result to <see cref="Leave"/>.
    /// </summary>
    public int Enter()
    {
        Expect(WireType.Bytes);
        var length = Length();
        var outer = _end;
        _end = _at + length;
        return outer;
    }

    /// <summary>Leaves a sub-message and returns to the message that contains it.</summary>
    public void Leave(int outer) => _end = outer;

    /// <summary>
    /// Reads a Lease without validating it: a job id or attempt number that is too large becomes negative.
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
    /// Counts the remaining occurrences of a field in this message, for the initial capacity of its list.
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
                $"Field {Field} at byte {_at} has wire type {(int)_type} instead of {(int)type}."
            );
    }

    /// <summary>Reads a length and checks that the message has at least that many bytes left.</summary>
    private int Length()
    {
        var length = (uint)Varint();
        if (length > (uint)(_end - _at))
            throw new WireFormatException(
                $"Field {Field} at byte {_at} has a length of {length} bytes, but only "
                    + $"{_end - _at} bytes remain."
            );
        return (int)length;
    }

    /// <summary>Skips bytes and returns the position of the first byte skipped.</summary>
    private int Pass(int length)
    {
        if (length > _end - _at)
            throw new WireFormatException($"The message ends within field {Field} at byte {_at}.");
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
                throw new WireFormatException($"The message ends within a varint at byte {_at}.");
            var next = _bytes[_at++];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
                return value;
        }
        throw new WireFormatException($"The varint before byte {_at} is longer than {LongestVarint} bytes.");
    }
}
