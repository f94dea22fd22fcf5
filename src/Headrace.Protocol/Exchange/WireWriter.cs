using System.Buffers.Binary;
using System.Text;
using Headrace.Core.Jobs;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// Writes the fields of a Protobuf message into one buffer, or only measures their size. The same code does both, so
/// the measured size is always exact. The length of a sub-message precedes its content, so each sub-message is measured
/// before it is written; with three levels of nesting, this costs less than moving bytes afterwards.
/// </summary>
internal ref struct WireWriter
{
    private readonly Span<byte> _to;
    private readonly bool _measures;

    private WireWriter(Span<byte> to, bool measures)
    {
        _to = to;
        _measures = measures;
    }

    /// <summary>Number of bytes written or measured so far.</summary>
    public int Length { get; private set; }

    public static int SizeOf<T>(in T message)
        where T : IWireMessage
    {
        var writer = new WireWriter(default, measures: true);
        message.WriteTo(ref writer);
        return writer.Length;
    }

    /// <summary>Writes a message into a buffer of at least its size.</summary>
    public static void Write<T>(in T message, Span<byte> to)
        where T : IWireMessage
    {
        var writer = new WireWriter(to, measures: false);
        message.WriteTo(ref writer);
    }

    /// <summary>Writes a message into a new array.</summary>
    public static byte[] ToBytes<T>(in T message)
        where T : IWireMessage
    {
        var bytes = new byte[SizeOf(message)];
        Write(message, bytes);
        return bytes;
    }

    /// <summary>
    /// Writes an unsigned number. Signed numbers and enum values are passed as 64-bit two's complement.
    /// </summary>
    public void Number(int field, ulong value)
    {
        if (value != 0)
            Present(field, value);
    }

    /// <summary>Writes an optional number, including 0, unless it is absent.</summary>
    public void Optional(int field, uint? value)
    {
        if (value is { } number)
            Present(field, number);
    }

    public void Optional(int field, ulong? value)
    {
        if (value is { } number)
            Present(field, number);
    }

    /// <summary>
    /// Writes a sint32. The sign is stored in the lowest bit, so that small negative numbers stay short.
    /// </summary>
    public void OptionalZigZag(int field, int? value)
    {
        if (value is { } number)
            Present(field, (uint)((number << 1) ^ (number >> 31)));
    }

    public void Flag(int field, bool value) => Number(field, value ? 1UL : 0);

    public void Fixed64(int field, ulong value)
    {
        if (value == 0)
            return;
        Tag(field, WireType.Fixed64);
        if (!_measures)
            BinaryPrimitives.WriteUInt64LittleEndian(_to[Length..], value);
        Length += sizeof(ulong);
    }

    public void Double(int field, double value)
    {
        // Negative zero also counts as the default value.
        if (value != 0)
            Fixed64(field, BitConverter.DoubleToUInt64Bits(value));
    }

    /// <summary>Writes an optional number, including 0, unless it is absent.</summary>
    public void Optional(int field, double? value)
    {
        if (value is { } number)
            Fixed64(field, BitConverter.DoubleToUInt64Bits(number));
    }

    public void Text(int field, string value)
    {
        if (value.Length > 0)
            PresentText(field, value);
    }

    public void Bytes(int field, ReadOnlyMemory<byte> value)
    {
        if (value.Length == 0)
            return;
        Tag(field, WireType.Bytes);
        Varint((uint)value.Length);
        if (!_measures)
            value.Span.CopyTo(_to[Length..]);
        Length += value.Length;
    }

    public void Message<T>(int field, in T message)
        where T : IWireMessage
    {
        var size = SizeOf(message);
        Tag(field, WireType.Bytes);
        Varint((uint)size);
        if (_measures)
            Length += size;
        else
            message.WriteTo(ref this);
    }

    public void Messages<T>(int field, List<T> messages)
        where T : IWireMessage
    {
        foreach (var message in messages)
            Message(field, message);
    }

    public void Optional<T>(int field, T? message)
        where T : class, IWireMessage
    {
        if (message is not null)
            Message(field, message);
    }

    public void Optional<T>(int field, in T? message)
        where T : struct, IWireMessage
    {
        if (message is { } value)
            Message(field, value);
    }

    public void Leases(int field, List<LeaseToken> leases)
    {
        foreach (var lease in leases)
            Message(field, new LeaseFields(lease));
    }

    public void Texts(int field, List<string>? texts)
    {
        if (texts is null)
            return;
        foreach (var text in texts)
            PresentText(field, text);
    }

    public void Time(int field, WireTime? time)
    {
        if (time is { } value)
            Message(field, value);
    }

    private void PresentText(int field, string value)
    {
        var bytes = Encoding.UTF8.GetByteCount(value);
        Tag(field, WireType.Bytes);
        Varint((uint)bytes);
        if (!_measures)
            Encoding.UTF8.GetBytes(value, _to[Length..]);
        Length += bytes;
    }

    private void Present(int field, ulong value)
    {
        Tag(field, WireType.Varint);
        Varint(value);
    }

    private void Tag(int field, WireType type) => Varint(((uint)field << 3) | (uint)type);

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }
        Byte((byte)value);
    }

    private void Byte(byte value)
    {
        if (!_measures)
            _to[Length] = value;
        Length++;
    }

    private readonly struct LeaseFields(LeaseToken token) : IWireMessage
    {
        public void WriteTo(ref WireWriter writer)
        {
            writer.Number(1, (ulong)token.Job.Value);
            writer.Number(2, (uint)token.Attempt);
        }
    }
}
