using System.Globalization;
using System.Text;
using Headrace.Server.Machine;

namespace Headrace.Server.Pools.Describing;

/// <summary>
/// The files on which the methods of a worker program depend: the program, arguments that name files, such as a script
/// or an assembly, and the folder of installed methods.
/// </summary>
/// <param name="command">The program.</param>
/// <param name="methods">The folder of installed methods; null if the program does not read it.</param>
internal sealed class ProgramFiles(PoolCommand command, string? methods)
{
    /// <summary>Maximum number of files that are checked in the folder of installed methods.</summary>
    private const int MaxFiles = 2_000;

    /// <summary>Whether at least one method is installed.</summary>
    public bool AnyInstalled => methods is not null && Directory.Exists(methods) && Installed().Any();

    /// <summary>
    /// Returns text that changes when any of the files is replaced, changed, created or deleted. This method reads the
    /// status of each file, but not its content.
    /// </summary>
    public string Fingerprint()
    {
        var text = new StringBuilder();
        foreach (var path in Candidates())
            Append(text, path);
        if (methods is not null && Directory.Exists(methods))
            foreach (var path in Installed().Order(StringComparer.Ordinal))
                Append(text, path);
        return text.ToString();
    }

    private IEnumerable<string> Candidates()
    {
        var folder = command.Cwd is { } given ? Path.GetFullPath(given) : Environment.CurrentDirectory;
        if (command.Program.Contains('/', StringComparison.Ordinal))
            yield return Path.GetFullPath(command.Program);
        else
            foreach (var place in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
                if (place.Length > 0)
                    yield return Path.Combine(place, command.Program);
        foreach (var argument in command.Args)
            if (argument.Length > 0 && !argument.StartsWith('-'))
                yield return Path.Combine(folder, argument);
    }

    private IEnumerable<string> Installed()
    {
        try
        {
            return [.. Directory.EnumerateFiles(methods!, "*", SearchOption.AllDirectories).Take(MaxFiles)];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static void Append(StringBuilder text, string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return;
        text.Append(
            CultureInfo.InvariantCulture,
            $"{path}|{file.Length}|{file.LastWriteTimeUtc.Ticks}|{FileStatus.Of(path)?.Id.Inode}\n"
        );
    }
}
