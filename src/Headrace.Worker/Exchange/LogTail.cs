using System.Text;
using System.Text.Unicode;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Keeps the last 64 KB of an attempt's log, in complete lines. Not thread-safe: the attempt synchronizes access.
/// </summary>
internal sealed class LogTail
{
    /// <summary>
    /// Maximum size in bytes of the log that the broker stores for each attempt (contract, defaults).
    /// </summary>
    public const int MaxBytes = 64 << 10;

    private readonly Queue<byte[]> _lines = [];
    private int _bytes;

    public bool IsEmpty => _bytes == 0;

    public void Add(string line)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(line) + 1];
        Encoding.UTF8.GetBytes(line, bytes);
        AddLine(bytes);
    }

    /// <summary>Adds a line in UTF-8. Bytes that are not valid UTF-8 are replaced.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        if (!Utf8.IsValid(line))
        {
            Add(Encoding.UTF8.GetString(line));
            return;
        }
        var bytes = new byte[line.Length + 1];
        line.CopyTo(bytes);
        AddLine(bytes);
    }

    private void AddLine(byte[] bytes)
    {
        bytes[^1] = (byte)'\n';
        if (bytes.Length > MaxBytes)
            bytes = Truncate(bytes);
        _lines.Enqueue(bytes);
        _bytes += bytes.Length;
        while (_bytes > MaxBytes)
            _bytes -= _lines.Dequeue().Length;
    }

    public byte[] Text()
    {
        var whole = new byte[_bytes];
        var at = 0;
        foreach (var line in _lines)
        {
            line.CopyTo(whole, at);
            at += line.Length;
        }
        return whole;
    }

    /// <summary>Returns the end of a line that exceeds the limit by itself, cut at a character boundary.</summary>
    private static byte[] Truncate(byte[] line)
    {
        var from = line.Length - MaxBytes;
        while ((line[from] & 0xC0) == 0x80)
            from++;
        return line[from..];
    }
}
