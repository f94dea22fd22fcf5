using System.Runtime.CompilerServices;

namespace Headrace.Tests.Architecture;

/// <summary>Reads files in the checkout from which these tests were built.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>
    /// Returns the hand-written files below a folder that match a pattern, with paths relative to the repository root.
    /// </summary>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory
            .EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or "node_modules"));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Find([CallerFilePath] string here = "")
    {
        // A deterministic build does not record the actual source path, so the folder that contains the test binary is
        // tried as well.
        foreach (var start in new[] { Path.GetDirectoryName(here), AppContext.BaseDirectory })
            for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
                if (File.Exists(Path.Combine(folder, "Headrace.slnx")))
                    return folder;
        throw new InvalidOperationException("No parent folder of the tests contains Headrace.slnx.");
    }
}
