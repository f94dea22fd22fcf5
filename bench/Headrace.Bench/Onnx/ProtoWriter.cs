using System.Buffers.Binary;
using System.Text;

namespace Headrace.Bench.Onnx;

/// <summary>Writes the fields of one message in the wire format of Protocol Buffers.</summary>
internal sealed class ProtoWriter
{
    private const int VarintType = 0;
    private const int BytesType = 2;
    private const int Fixed32Type = 5;

    private readonly List<byte> _bytes = [];

    public byte[] ToBytes() => [.. _bytes];

    public void Number(int field, long value)
    {
        Tag(field, VarintType);
        Varint((ulong)value);
    }

    public void Numbers(int field, IEnumerable<long> values)
    {
        foreach (var value in values)
            Number(field, value);
    }

    public void Floats(int field, IEnumerable<float> values)
    {
        var bytes = new byte[sizeof(float)];
        foreach (var value in values)
        {
            Tag(field, Fixed32Type);
            BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
            _bytes.AddRange(bytes);
        }
    }

    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public void Texts(int field, IEnumerable<string> values)
    {
        foreach (var value in values)
            Text(field, value);
    }

    /// <summary>Writes another message as a field of this message.</summary>
    public void Message(int field, Action<ProtoWriter> write)
    {
        var message = new ProtoWriter();
        write(message);
        Bytes(field, message.ToBytes());
    }

    private void Bytes(int field, byte[] value)
    {
        Tag(field, BytesType);
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
    }

    private void Tag(int field, int type) => Varint((ulong)((field << 3) | type));

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
    }
}
