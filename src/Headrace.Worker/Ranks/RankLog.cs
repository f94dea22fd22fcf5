using System.Globalization;
using System.Text;
using Headrace.Worker.Processes;

namespace Headrace.Worker.Ranks;

/// <summary>Writes the output of a rank to a log, with the number of the rank before each line.</summary>
internal sealed class RankLog(int rank, LogLines.Writer log)
{
    private readonly byte[] _prefix = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{rank}] "));

    public void Write(ReadOnlySpan<byte> lines)
    {
        var prefixed = new MemoryStream(lines.Length + (4 * _prefix.Length));
        foreach (var range in lines.Split((byte)'\n'))
        {
            if (prefixed.Length > 0)
                prefixed.WriteByte((byte)'\n');
            prefixed.Write(_prefix);
            prefixed.Write(lines[range]);
        }
        log(prefixed.GetBuffer().AsSpan(0, (int)prefixed.Length));
    }
}
