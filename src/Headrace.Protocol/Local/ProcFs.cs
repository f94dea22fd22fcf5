using System.Globalization;
using System.Text;

namespace Headrace.Protocol.Local;

/// <summary>
/// Reads information about processes that the Linux kernel provides under <c>/proc</c>. If a process has exited or
/// belongs to another user, its files cannot be read and the results are empty or null; this is not an error.
/// </summary>
internal static class ProcFs
{
    private const string Root = "/proc";

    /// <summary>True if <c>/proc</c> is available; false on systems such as macOS.</summary>
    public static bool IsAvailable { get; } = File.Exists($"{Root}/self/environ");

    /// <summary>Returns the ids of all processes on this machine.</summary>
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

    /// <summary>
    /// Returns the environment that a process was started with. To look up several variables, call this method only
    /// once.
    /// </summary>
    public static ProcessEnvironment Environment(int process) => new(Read(process, "environ"));

    /// <summary>Returns the program and the arguments that a process was started with.</summary>
    public static IReadOnlyList<string> Arguments(int process) =>
        Encoding.UTF8.GetString(Read(process, "cmdline")).Split('\0')[..^1];

    /// <summary>
    /// Returns the fields of <c>/proc/PID/stat</c> that follow the program name. The first of them is the state (field
    /// 3 in the manual page). The program name is enclosed in parentheses and may contain any characters. Returns an
    /// empty list if the process has exited.
    /// </summary>
    public static IReadOnlyList<string> Stat(int process)
    {
        var stat = Encoding.UTF8.GetString(Read(process, "stat"));
        return stat[(stat.LastIndexOf(')') + 1)..].Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>
    /// Returns the time at which a process started, in clock ticks since the system was booted (field 22). Unlike a
    /// time of day, it does not change when the clock is set. Returns null if the process has exited.
    /// </summary>
    public static long? StartOf(int process) =>
        Stat(process) is { Count: > 19 } fields
        && long.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? ticks
            : null;

    /// <summary>
    /// Reads a size in bytes from a file under <c>/proc/PID</c> (<c>status</c>, <c>smaps_rollup</c>) by field name,
    /// such as <c>VmRSS</c>. Returns null if the process has exited.
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

    /// <summary>
    /// Returns the children of a process, regardless of which of its threads created them. The result is empty if the
    /// process has exited, or if the kernel does not provide the list.
    /// </summary>
    public static IEnumerable<int> Children(int process) =>
        Threads(process)
            .SelectMany(thread =>
                Encoding
                    .UTF8.GetString(Read(process, $"task/{thread}/children"))
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            )
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture));

    private static IEnumerable<string> Threads(int process)
    {
        try
        {
            return
            [
                .. Directory
                    .EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"{Root}/{process}/task"))
                    .Select(folder => Path.GetFileName(folder)),
            ];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
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

/// <summary>
/// The environment of a process in the kernel's format: a list of entries that each end with a zero byte.
/// </summary>
internal readonly ref struct ProcessEnvironment(ReadOnlySpan<byte> entries)
{
    private readonly ReadOnlySpan<byte> _entries = entries;

    /// <summary>The value of a variable, or null if the environment does not contain it.</summary>
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
