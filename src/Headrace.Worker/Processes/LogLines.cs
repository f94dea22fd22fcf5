using System.Text;

namespace Headrace.Worker.Processes;

/// <summary>
/// Converts the output of a program to log entries. Each entry ends at the end of a line. Lines that arrive together
/// share one entry, which keeps the cost of a flooded log low. An entry has at most 4 KB, so that the log tail is
/// shortened in small steps.
/// </summary>
internal sealed class LogLines(LogLines.Writer log, LogLines.LineTest? isMeaningless = null)
{
    /// <summary>Returns whether a line says nothing that would be useful in a message.</summary>
    public delegate bool LineTest(ReadOnlySpan<byte> line);

    /// <summary>Adds an entry of one or more lines in UTF-8, without the final line break.</summary>
    public delegate void Writer(ReadOnlySpan<byte> lines);

    public const int MaxEntry = 4 << 10;

    private const int MaxLastLine = 500;

    // Created on the first output, because most programs write nothing here.
    private byte[] _pending = [];
    private byte[] _last = [];
    private int _count;
    private int _lastCount;

    /// <summary>
    /// Returns the last line that contains a letter or a digit and is not meaningless, for use in messages; empty if
    /// there was none. Lines without letters only separate the text.
    /// </summary>
    public string LastLine => Encoding.UTF8.GetString(_last.AsSpan(0, _lastCount));

    public void Add(ReadOnlySpan<byte> output)
    {
        if (_pending.Length == 0)
            (_pending, _last) = (new byte[MaxEntry], new byte[MaxLastLine]);
        while (output.Length > 0)
        {
            var part = output[..Math.Min(output.Length, MaxEntry - _count)];
            part.CopyTo(_pending.AsSpan(_count));
            _count += part.Length;
            output = output[part.Length..];
            if (_count == MaxEntry)
                FlushLines();
        }
        if (_pending.AsSpan(0, _count).Contains((byte)'\n'))
            FlushLines();
    }

    /// <summary>Adds the last line, which does not end with a line break.</summary>
    public void End()
    {
        if (_count > 0)
            Flush(_count, _count);
    }

    /// <summary>Adds the complete lines, or the whole buffer if it is full without a line break.</summary>
    private void FlushLines()
    {
        var end = _pending.AsSpan(0, _count).LastIndexOf((byte)'\n');
        if (end >= 0)
            Flush(end, end + 1);
        else
            Flush(CharacterEnd(), CharacterEnd());
    }

    private void Flush(int length, int used)
    {
        log(_pending.AsSpan(0, length));
        for (var lines = _pending.AsSpan(0, length); lines.Length > 0;)
        {
            lines = lines.TrimEnd(" \t\r\n"u8);
            var start = lines.LastIndexOf((byte)'\n') + 1;
            var last = lines[start..];
            if (IsText(last) && isMeaningless?.Invoke(last) != true)
            {
                _lastCount = Math.Min(last.Length, _last.Length);
                last[.._lastCount].CopyTo(_last);
                break;
            }
            lines = lines[..start];
        }
        _pending.AsSpan(used, _count - used).CopyTo(_pending);
        _count -= used;
    }

    /// <summary>Returns whether a line contains a letter or a digit, in any language.</summary>
    private static bool IsText(ReadOnlySpan<byte> line)
    {
        foreach (var character in line)
            if (char.IsAsciiLetterOrDigit((char)character) || character >= 0x80)
                return true;
        return false;
    }

    /// <summary>Returns the index after the last complete character in a full buffer.</summary>
    private int CharacterEnd()
    {
        for (var back = 1; back <= 3; back++)
            if (_pending[_count - back] >= 0xC0)
                return _count - back;
            else if (_pending[_count - back] < 0x80)
                break;
        return _count;
    }
}
