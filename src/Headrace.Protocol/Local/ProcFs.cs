using System.Globalization;
using System.Text;

namespace Headrace.Protocol.Local;

/// <summary>
/// What the Linux kernel shows about processes below <c>/proc</c>. A process that has ended, or that belongs to another
/// user, has no environment, no status and no memory here; that is not an error.
/// </summary>
internal static class ProcFs
{
    private const string Root = "/proc";

    /// <summary>False on systems without <c>/proc</c>, such as macOS.</summary>
    public static bool IsAvailable { get; } = File.Exists($"{Root}/self/environ");

    /// <summary>The ids of all processes on this machine.</summary>
    public static IEnumerable<int> Processes()
    {
        if (!IsAvailable)
            yield break;
        foreach (var folder in Directory.EnumerateDirectories(Root))
            if (
                int.TryParse(
                    Path.GetFileName(folder.AsSpan()),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var process
                )
            )
                yield return process;
    }

    /// <summary>The environment that a process was started with. Read it once to look up several variables.</summary>
    public static ProcessEnvironment Environment(int process) => new(Read(process, "environ"));

    /// <summary>
    /// The fields of <c>/proc/PID/stat</c> after the program's name, so the first is the state (field 3 in the manual
    /// page); empty for a process that is gone. The name stands in parentheses and may contain anything.
    /// </summary>
    public static IReadOnlyList<string> Stat(int process)
    {
        var stat = Encoding.UTF8.GetString(Read(process, "stat"));
        return stat[(stat.LastIndexOf(')') + 1)..].Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>
    /// A size in bytes from a file of a process such as <c>status</c> or <c>smaps_rollup</c>, by its name there, such
    /// as <c>VmRSS</c>; null for a process that is gone.
    /// </summary>
    public static long? Bytes(int process, string file, string name)
    {
        foreach (var line in Encoding.UTF8.GetString(Read(process, file)).Split('\n'))
            if (
                line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [var label, var kilobytes, "kB"]
                && label.TrimEnd(':') == name
            )
                return 1024 * long.Parse(kilobytes, CultureInfo.InvariantCulture);
        return null;
    }

    private static byte[] Read(int process, string file)
    {
        try
        {
            return File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"{Root}/{process}/{file}"));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

/// <summary>The environment of a process as the kernel keeps it: entries that end with a zero byte.</summary>
internal readonly ref struct ProcessEnvironment(ReadOnlySpan<byte> entries)
{
    private readonly ReadOnlySpan<byte> _entries = entries;

    /// <summary>The value of a variable; null if the process does not have it.</summary>
    public string? this[string name]
    {
        get
        {
            var mark = Encoding.UTF8.GetBytes(name + "=");
            foreach (var range in _entries.Split((byte)0))
                if (_entries[range].StartsWith(mark))
                    return Encoding.UTF8.GetString(_entries[range][mark.Length..]);
            return null;
        }
    }
}
