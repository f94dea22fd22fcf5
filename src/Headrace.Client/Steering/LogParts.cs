using System.Text.Json;

namespace Headrace.Client.Steering;

/// <summary>
/// Finds the parts of a result in the log of a running task: the lines that are JSON. Each part is found once, although
/// the whole log is read each time. Pure.
/// </summary>
internal sealed class LogParts
{
    /// <summary>
    /// The server drops the first lines of a long log. What follows the lines that were read is then found by searching
    /// for the last ones.
    /// </summary>
    private const int Overlap = 1_000;

    private int _attempt;
    private string _read = "";

    /// <summary>Returns the parts that follow those of the previous call.</summary>
    public IEnumerable<string> Next(int attempt, string log)
    {
        if (attempt != _attempt)
            (_attempt, _read) = (attempt, "");
        // The last line may not be complete.
        log = log[..(log.LastIndexOf('\n') + 1)];
        var rest = Unread(log);
        _read = log;
        return rest.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(IsJson);
    }

    private string Unread(string log)
    {
        if (log.StartsWith(_read, StringComparison.Ordinal))
            return log[_read.Length..];
        var end = _read[Math.Max(0, _read.Length - Overlap)..];
        var at = log.LastIndexOf(end, StringComparison.Ordinal);
        return at < 0 ? log : log[(at + end.Length)..];
    }

    private static bool IsJson(string line)
    {
        try
        {
            using var _ = JsonDocument.Parse(line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
