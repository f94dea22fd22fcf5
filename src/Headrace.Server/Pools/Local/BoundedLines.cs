using System.Text;

namespace Headrace.Server.Pools.Local;

/// <summary>
/// Reads the lines of a stream in bounded memory. A line longer than <see cref="MaxLength"/> is split, and empty lines
/// are omitted.
/// </summary>
internal static class BoundedLines
{
    public const int MaxLength = 4 << 10;

    public static async IAsyncEnumerable<string> ReadAsync(TextReader reader)
    {
        var buffer = new char[MaxLength];
        var line = new StringBuilder();
        while (await reader.ReadAsync(buffer.AsMemory()) is > 0 and var read)
        {
            for (var i = 0; i < read; i++)
            {
                if (buffer[i] is not '\n')
                    line.Append(buffer[i]);
                if ((buffer[i] is '\n' || line.Length == MaxLength) && Truncate(line) is { Length: > 0 } text)
                    yield return text;
            }
        }
        if (Truncate(line) is { Length: > 0 } rest)
            yield return rest;
    }

    private static string Truncate(StringBuilder line)
    {
        var text = line.ToString().TrimEnd();
        line.Clear();
        return text;
    }
}
