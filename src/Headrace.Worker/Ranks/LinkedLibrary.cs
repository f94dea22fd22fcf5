namespace Headrace.Worker.Ranks;

/// <summary>Determines which MPI library a program is linked to, directly or through other libraries.</summary>
internal static class LinkedLibrary
{
    /// <summary>
    /// Maximum number of files to search. No program has this many libraries; without a limit, files that refer to each
    /// other could make the search endless.
    /// </summary>
    private const int MaxFiles = 500;

    private static readonly string[] SystemFolders = FindSystemFolders();

    /// <summary>
    /// Returns the library, and the name that the program uses to refer to it. Returns null if the program refers to
    /// none, for example if it is a script, or a program that loads MPI at run time.
    /// </summary>
    public static (MpiLibrary Library, string File)? Of(string program)
    {
        var (pending, seen) = (new Queue<string>([program]), new HashSet<string>());
        while (seen.Count < MaxFiles && pending.TryDequeue(out var path))
        {
            if (ElfFile.TryRead(path) is not { } file)
                continue;
            foreach (var name in file.Needed)
                if (LibraryNamed(name) is { } library)
                    return (library, name);
                else if (seen.Add(name) && Find(name, file.RunPath) is { } found)
                    pending.Enqueue(found);
        }
        return null;
    }

    /// <summary>
    /// Returns the implementation that a shared library belongs to; null for any other library. MPICH and the libraries
    /// compatible with it have agreed on the name <c>libmpi.so.12</c>; Debian uses <c>libmpich.so.12</c>.
    /// </summary>
    public static MpiLibrary? LibraryNamed(string file)
    {
        if (!file.StartsWith("libmpi", StringComparison.Ordinal))
            return null;
        var name = file.Split('.')[0];
        if (name.StartsWith("libmpich", StringComparison.Ordinal) || name is "libmpifort" or "libmpicxx")
            return MpiLibrary.Mpich;
        return file == "libmpi.so.12" ? MpiLibrary.Mpich
            : name is "libmpi" || name.StartsWith("libmpi_", StringComparison.Ordinal) ? MpiLibrary.OpenMpi
            : null;
    }

    private static string? Find(string name, IReadOnlyList<string> runPath) =>
        runPath.Concat(SystemFolders).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static string[] FindSystemFolders()
    {
        string[] roots = ["/usr/local/lib", "/lib", "/usr/lib", "/lib64", "/usr/lib64"];
        return
        [
            .. roots,
            .. roots
                .Where(Directory.Exists)
                .SelectMany(root => Directory.EnumerateDirectories(root, "*-linux-gnu*"))
                .Order(StringComparer.Ordinal),
        ];
    }
}
