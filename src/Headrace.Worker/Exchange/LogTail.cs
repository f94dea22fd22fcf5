using System.Text;

namespace Headrace.Worker.Exchange;

/// <summary>The last 64 KB of an attempt's log, in whole lines. Not synchronised: its attempt is.</summary>
internal sealed class LogTail
{
    /// <summary>What the broker keeps of an attempt (contract, defaults).</summary>
    public const int MostBytes = 64 << 10;

    private readonly Queue<byte[]> _lines = [];
    private int _bytes;

    public bool IsEmpty => _bytes == 0;

    public void Add(string line)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(line) + 1];
        Encoding.UTF8.GetBytes(line, bytes);
        bytes[^1] = (byte)'\n';
        if (bytes.Length > MostBytes)
            bytes = Shorten(bytes);
        _lines.Enqueue(bytes);
        _bytes += bytes.Length;
        while (_bytes > MostBytes)
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

    /// <summary>The end of a line that is too long by itself, cut where a character begins.</summary>
    private static byte[] Shorten(byte[] line)
    {
        var from = line.Length - MostBytes;
        while ((line[from] & 0xC0) == 0x80)
            from++;
        return line[from..];
    }
}
