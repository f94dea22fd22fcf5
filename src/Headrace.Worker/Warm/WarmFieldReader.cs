using System.Buffers.Binary;
using System.Text;

namespace Headrace.Worker.Warm;

/// <summary>
/// Reads the fields of one frame, in order. Throws <see cref="WarmProtocolException"/> when the frame is too short.
/// </summary>
internal ref struct WarmFieldReader(ReadOnlySpan<byte> content, string type)
{
    private ReadOnlySpan<byte> _rest = content;
    private readonly string _type = type;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public uint Number() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public ulong LongNumber() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public double Fraction()
    {
        var fraction = BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));
        return double.IsFinite(fraction)
            ? fraction
            : throw new WarmProtocolException($"A frame of type {_type} contains a number that is not finite.");
    }

    public WarmErrorKind ErrorKind()
    {
        var kind = (WarmErrorKind)Take(1)[0];
        return Enum.IsDefined(kind)
            ? kind
            : throw new WarmProtocolException($"An error has the unknown kind {(int)kind}; 0, 1 and 2 are defined.");
    }

    public byte[] Bytes(uint length) => Take(length).ToArray();

    public string Text(uint length) => Encoding.UTF8.GetString(Take(length));

    public string Rest() => Encoding.UTF8.GetString(Take((uint)_rest.Length));

    public byte[] RestBytes() => Bytes((uint)_rest.Length);

    public readonly void RequireEnd()
    {
        if (_rest.Length > 0)
            throw new WarmProtocolException($"A frame of type {_type} is {_rest.Length} byte(s) too long.");
    }

    private ReadOnlySpan<byte> Take(uint length)
    {
        if (length > _rest.Length)
            throw new WarmProtocolException(
                $"A frame of type {_type} is too short: a field of {length} bytes begins where only "
                    + $"{_rest.Length} bytes are left."
            );
        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }
}
