using System.Buffers.Binary;
using System.Text;

namespace Headrace.Worker.Ranks;

/// <summary>
/// The dynamic section of a program or library: the libraries to which it is linked, and the folders in which they are
/// searched for.
/// </summary>
/// <param name="Needed">The names of the shared libraries, such as <c>libmpi.so.40</c>.</param>
/// <param name="RunPath">The folders that the file adds to the search, with <c>$ORIGIN</c> replaced.</param>
internal sealed record ElfFile(IReadOnlyList<string> Needed, IReadOnlyList<string> RunPath)
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int MaxTable = 1 << 20;
    private const uint Load = 1;
    private const uint Dynamic = 2;
    private const long NeededTag = 1;
    private const long StringTableTag = 5;
    private const long StringSizeTag = 10;
    private const long RPathTag = 15;
    private const long RunPathTag = 29;

    private static ReadOnlySpan<byte> Magic => [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1];

    /// <summary>
    /// Reads a file. Returns null if it is not a dynamically linked 64-bit program or library, for example a script.
    /// </summary>
    public static ElfFile? TryRead(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return Read(file, Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception unreadable)
            when (unreadable is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            // The file cannot be read, or it is truncated.
            return null;
        }
    }

    private static ElfFile? Read(FileStream file, string origin)
    {
        var header = Bytes(file, 0, HeaderSize);
        if (!header.StartsWith(Magic))
            return null;
        var (at, count) = (BinaryPrimitives.ReadInt64LittleEndian(header[32..]), Short(header[56..]));
        var segments = Bytes(file, at, count * ProgramHeaderSize).ToArray();
        var loads = new List<(long Offset, long Address, long Size)>();
        (long Offset, int Size)? section = null;
        for (var i = 0; i < count; i++)
        {
            var segment = segments.AsSpan(i * ProgramHeaderSize);
            var type = BinaryPrimitives.ReadUInt32LittleEndian(segment);
            var (offset, address, size) = (Long(segment[8..]), Long(segment[16..]), Long(segment[32..]));
            if (type == Load)
                loads.Add((offset, address, size));
            else if (type == Dynamic)
                section = (offset, (int)Math.Min(size, MaxTable));
        }
        return section is { } dynamic ? Read(file, origin, Bytes(file, dynamic.Offset, dynamic.Size), loads) : null;
    }

    private static ElfFile Read(
        FileStream file,
        string origin,
        ReadOnlySpan<byte> section,
        List<(long Offset, long Address, long Size)> loads
    )
    {
        var entries = new List<(long Tag, long Value)>();
        for (var i = 0; i + 16 <= section.Length; i += 16)
            entries.Add((Long(section[i..]), Long(section[(i + 8)..])));
        var address = entries.FirstOrDefault(entry => entry.Tag == StringTableTag).Value;
        var size = entries.FirstOrDefault(entry => entry.Tag == StringSizeTag).Value;
        // The section contains the address of the table in memory, which must be converted to a position in the file.
        var load = loads.FirstOrDefault(load => load.Address <= address && address < load.Address + load.Size);
        var strings = Bytes(file, load.Offset + address - load.Address, (int)Math.Min(size, MaxTable)).ToArray();
        return new ElfFile(
            [.. entries.Where(entry => entry.Tag == NeededTag).Select(entry => Text(strings, entry.Value))],
            [
                .. entries
                    .Where(entry => entry.Tag is RPathTag or RunPathTag)
                    .SelectMany(entry => Text(strings, entry.Value).Split(':', StringSplitOptions.RemoveEmptyEntries))
                    .Select(folder => folder.Replace("${ORIGIN}", origin).Replace("$ORIGIN", origin)),
            ]
        );
    }

    private static string Text(ReadOnlySpan<byte> strings, long at)
    {
        var rest = strings[(int)at..];
        return Encoding.UTF8.GetString(rest[..Math.Max(rest.IndexOf((byte)0), 0)]);
    }

    private static ReadOnlySpan<byte> Bytes(FileStream file, long offset, int count)
    {
        var bytes = new byte[count];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    private static long Long(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);

    private static int Short(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
